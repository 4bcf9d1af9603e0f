import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { parseSync } from 'oxc-parser'

/** Which rooms a room may import from, besides itself and packages. Imports point downwards only. */
const below: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  schema: [],
  subgraphs: ['kit'],
  gateway: ['kit', 'schema'],
  'rest-adapter': ['kit', 'gateway'],
  composition: ['kit', 'schema', 'subgraphs', 'gateway', 'rest-adapter'],
  seed: ['kit', 'composition', 'schema'],
  doctor: ['kit', 'composition', 'subgraphs'],
}

interface Rule {
  readonly name: string
  readonly from: RegExp
  /** True for an import that breaks the rule. */
  readonly breaks: (to: string, from: string) => boolean
}

const roomOf = (path: string) => path.split('/')[0] ?? ''
const isOurs = (path: string) => roomOf(path) in below
const sql = /^(kysely|mysql2|node:sqlite)/
const outside = /^(ioredis|undici|node:(fs|http|net|child_process))/

const rules: readonly Rule[] = [
  {
    name: 'imports point downwards',
    from: /./,
    breaks: (to, from) => isOurs(to) && roomOf(to) !== roomOf(from) && !below[roomOf(from)]?.includes(roomOf(to)),
  },
  {
    name: 'a subgraph imports no other',
    from: /^subgraphs\//,
    breaks: (to, from) => to.startsWith('subgraphs/') && to.split('/')[1] !== from.split('/')[1],
  },
  {
    name: 'resolvers know no SQL, no network, no files',
    from: /^subgraphs\/[^/]+\/resolvers\//,
    breaks: (to) => sql.test(to) || outside.test(to),
  },
  {
    name: 'loaders know no SQL',
    from: /^subgraphs\/[^/]+\/loaders\.ts$/,
    breaks: (to) => sql.test(to) || to.startsWith('kit/bus'),
  },
  {
    name: 'stores know no GraphQL',
    from: /^subgraphs\/[^/]+\/(store|writes|tables)\.ts$/,
    breaks: (to) => /^graphql|generated/.test(to),
  },
  {
    name: 'the gateway and the adapter know no table',
    from: /^(gateway|rest-adapter)\//,
    breaks: (to) => sql.test(to) || /^kit\/database/.test(to),
  },
  {
    name: 'the adapter reaches the graph through its door only',
    from: /^rest-adapter\//,
    breaks: (to) => to.startsWith('gateway/') && to !== 'gateway/door.ts',
  },
]

const files = globSync(Object.keys(below).map((room) => `${room}/**/*.ts`)).filter(
  (file) => !/\.(test|generated)\.ts$|\/test-graph\//.test(file),
)

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { module, errors } = parseSync(file, text)
  assert.deepEqual(errors, [], file)
  const names = [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) => each.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map((each) => text.slice(each.moduleRequest.start + 1, each.moduleRequest.end - 1)),
  ]
  return [...new Set(names)].map((name) => (name.startsWith('.') ? join(dirname(file), name) : name))
}

describe('architecture', () => {
  const imports = files.map((file) => [file, importsOf(file)] as const)

  test('there are files in every room', () => {
    for (const room of Object.keys(below))
      assert.ok(
        files.some((file) => roomOf(file) === room),
        room,
      )
  })

  for (const { name, from, breaks } of rules)
    test(name, () => {
      const broken = imports
        .filter(([file]) => from.test(file))
        .flatMap(([file, names]) => names.filter((to) => breaks(to, file)).map((to) => `${file} → ${to}`))
      assert.deepEqual(broken, [])
    })

  test('only kit/env.ts reads the environment', () => {
    const readers = files.filter((file) =>
      /process\s*\.\s*env|\benv\b[^=]*\}\s*=\s*process/.test(readFileSync(file, 'utf8')),
    )
    assert.deepEqual(readers, ['kit/env.ts'])
  })

  test('every file is small enough to be read at once', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 260)
    assert.deepEqual(long, [])
  })
})
