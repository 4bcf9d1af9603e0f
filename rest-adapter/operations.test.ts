import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { Kind, parse, validate } from 'graphql'
import { apiSchema } from '../test/testkit/scripted-graph.ts'
import { loadOperations } from './operations.ts'
import { routes } from './routes.ts'

const operations = loadOperations()
const files = readdirSync(new URL('operations/', import.meta.url)).map((file) => file.replace('.graphql', ''))

for (const [name, { document }] of Object.entries(operations))
  test(`${name} is valid against the public schema, with the fragments it uses and no others`, () => {
    assert.deepEqual(validate(apiSchema, parse(document)), [])
    const [definition, ...others] = parse(document).definitions.filter(
      (node) => node.kind === Kind.OPERATION_DEFINITION,
    )
    assert.equal(definition?.name?.value, name)
    assert.deepEqual(others, [])
  })

test('every file holds one definition that is named like it', () => {
  const fragments = new Set(
    Object.values(operations).flatMap(({ document }) =>
      parse(document).definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [node.name.value] : [])),
    ),
  )
  assert.deepEqual(files.toSorted(), [...Object.keys(operations), ...fragments].toSorted())
})

test('the table uses every operation and no other', () => {
  const used = new Set(routes.flatMap((route) => route.operations))
  assert.deepEqual([...used].toSorted(), Object.keys(operations).toSorted())
})

test('there are 16 endpoints with 16 paths', () => {
  assert.equal(routes.length, 16)
  assert.equal(new Set(routes.map(({ path }) => path)).size, 16)
})
