import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cacheTwins } from '../../test/testkit/cache-twins.ts'
import { type Cache, newCounters } from './cache.ts'
import { ReadThrough } from './read-through.ts'

/** A database of version numbers, in which everything takes a number of turns that the property chooses. */
class Versions {
  readonly committed = new Map<number, number>()
  readonly answered = new Map<number, number>()

  async read(keys: readonly number[], before: number, after: number): Promise<number[]> {
    await turns(before)
    const seen = keys.map((key) => this.committed.get(key) ?? 0)
    await turns(after)
    return seen
  }

  async write(key: number, before: number, after: number): Promise<number> {
    await turns(before)
    const version = (this.committed.get(key) ?? 0) + 1
    this.committed.set(key, version)
    await turns(after)
    return version
  }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

const turn = fc.nat({ max: 40 })
const step = fc.record({
  process: fc.constantFrom<'ours' | 'theirs'>('ours', 'theirs'),
  act: fc.constantFrom('read', 'read', 'write', 'invalidate'),
  keys: fc.constantFrom([1], [2], [1, 2], [2, 3]),
  start: turn,
  before: turn,
  after: turn,
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

type Values = ReadThrough<number>

async function run(database: Versions, values: Values, { act, keys, start, before, after }: Step): Promise<void> {
  await turns(start)
  if (act === 'read') {
    const answered = keys.map((key) => database.answered.get(key) ?? 0)
    const seen = await values.getMany(keys, (missing) => database.read(missing, before, after))
    for (const [index, key] of keys.entries()) {
      assert.ok((seen[index] ?? 0) >= (answered[index] ?? 0), `${key} was read older than a write answered before`)
    }
    return
  }
  const write = async () => {
    const written: [number, number][] = []
    for (const key of keys) written.push([key, await database.write(key, before, after)])
    return written
  }
  const written = await (act === 'write' ? values.writing(keys, write) : write())
  if (act === 'invalidate') await values.invalidate(keys)
  for (const [key, version] of written) {
    database.answered.set(key, Math.max(version, database.answered.get(key) ?? 0))
  }
}

/** What a cache looks like while it cannot be reached. */
const away: Cache = {
  counters: newCounters(),
  peek: () => undefined,
  read: async (_space, keys) => keys.map(() => ({ hit: false, lease: undefined })),
  fill: async () => {},
  hold: async () => '',
  drop: async () => {},
  doubt: async () => {},
  [Symbol.asyncDispose]: async () => {},
}
const noCache = { name: 'no cache', skip: false, open: async () => ({ ours: away, theirs: away, ...away }) }

for (const { name, skip, open } of [...cacheTwins, noCache]) {
  test(`${name}: no reader sees less than was answered, and nothing stale stays, whatever the order`, {
    skip,
  }, async () => {
    await using twin = await open()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 80 }), async (steps) => {
        await twin.ours.drop(['v:1', 'v:2', 'v:3'])
        const database = new Versions()
        const through = (cache: Cache): Values => new ReadThrough({ cache, name: 'v', ttlMs: 60_000 })
        const processes = { ours: through(twin.ours), theirs: through(twin.theirs) }
        await Promise.all(steps.map((one) => run(database, processes[one.process], one)))
        for (const cache of [twin.ours, twin.theirs]) {
          for (const [index, lookup] of (await cache.read('v', [1, 2, 3])).entries())
            if (lookup.hit) assert.equal(lookup.value, database.committed.get(index + 1) ?? 0)
        }
      }),
      { numRuns: 80 },
    )
  })
}
