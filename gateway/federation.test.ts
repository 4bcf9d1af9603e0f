import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExecutionResult, parse } from 'graphql'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { Federation } from './federation.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const scope = (viewer: number | null, origin = 'http://here'): RequestScope => ({
  viewer: viewer === null ? null : { id: viewer },
  requestId: 'test',
  origin,
  deadline: Date.now() + 10_000,
})

/** A graph whose subgraphs answer everything with the same data, a turn of the event loop later. */
async function graphOf(data: Record<string, unknown>) {
  let calls = 0
  const source: DataSource<RequestScope> = {
    name: 'any',
    async execute(): Promise<ExecutionResult> {
      calls++
      await new Promise(setImmediate)
      return { data: structuredClone(data) }
    },
    subscribe: () => Promise.reject(new Error('not used')),
  }
  const sources = new Map(['feed', 'user', 'favorite'].map((name) => [name, source]))
  const federation = await Federation.load({ sources: () => sources, logger: silent })
  const run = (text: string, variables: Record<string, unknown>, asker: RequestScope) =>
    federation.execute(federation.plan(text, parse(text), undefined), variables, asker)
  return { run, calls: () => calls }
}

const read = 'query ($first: Int!) { feed(first: $first) { resumeBefore } }'

test('equal reads of one viewer that come at once share an answer', async () => {
  const { run, calls } = await graphOf({ feed: { resumeBefore: '2026-01-31T08:00:00.000Z' } })
  const answers = await Promise.all(Array.from({ length: 10 }, () => run(read, { first: 3 }, scope(1))))
  assert.equal(calls(), 2)
  assert.ok(answers.every(({ data }) => JSON.stringify(data) === JSON.stringify(answers[0]?.data)))
})

test('no answer is shared between viewers, origins, or variables', async () => {
  const { run, calls } = await graphOf({ feed: { resumeBefore: null } })
  await Promise.all([
    run(read, { first: 3 }, scope(1)),
    run(read, { first: 3 }, scope(2)),
    run(read, { first: 3 }, scope(null)),
    run(read, { first: 3 }, scope(1, 'http://there')),
    run(read, { first: 4 }, scope(1)),
  ])
  assert.equal(calls(), 5)
})

test('every one of equal mutations runs', async () => {
  const { run, calls } = await graphOf({ favoriteVideo: { video: { id: '1' } } })
  const write = 'mutation { favoriteVideo(input: { videoId: "1" }) { video { id } } }'
  await Promise.all([run(write, {}, scope(1)), run(write, {}, scope(1)), run(write, {}, scope(1))])
  assert.equal(calls(), 3)
})

test('plans are kept by what they weigh: heavy ones make room for each other, and many light ones have it', async () => {
  const federation = await Federation.load({ sources: () => new Map(), logger: silent })
  const fields = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${prefix}${n}: name`).join(' ')
  const plan = (key: string, text: string) => federation.plan(key, parse(text), undefined)
  for (let n = 0; n < 60; n++) plan(`light ${n}`, `{ viewer { ${fields(`light${n}_`, 2)} } }`)
  assert.ok(federation.recall('light 0'))
  const flags = ['a', 'b', 'c', 'd', 'e']
  const given = flags.map((flag) => `$${flag}: Boolean!`)
  const asked = flags.map((flag) => `${flag}: id @include(if: $${flag})`)
  for (let n = 0; n < 10; n++)
    plan(`heavy ${n}`, `query (${given}) { viewer { ${asked.join(' ')} ${fields(`heavy${n}_`, 100)} } }`)
  const kept = Array.from({ length: 10 }, (_, n) => `heavy ${n}`).filter((key) => federation.recall(key))
  assert.ok(kept.length > 1 && kept.length < 8, `${kept}`)
  assert.ok(federation.recall('heavy 9'))
  assert.equal(federation.recall('light 0'), undefined)
})
