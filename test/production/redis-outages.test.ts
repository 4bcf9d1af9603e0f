import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, LegacyClient } from '../contract/legacy-client.ts'
import { databases, type TestDatabase } from '../testkit/databases.ts'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { type RedisServer, startRedis } from '../testkit/redis.ts'
import { type Stack, skipStack, startStack } from '../testkit/stack.ts'

const page = '{ feed { nodes { favoriteCount isFavorite commentCount author { name signature } } } }'

describe('two processes that share a cache which is in trouble', { skip: skipStack('single') }, () => {
  let redis: RedisServer
  let database: TestDatabase
  let stacks: Stack[] = []
  let ann: Account
  let video: number
  let round = 0

  before(async () => {
    redis = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
    database = (await databases.find(({ name }) => name === 'mariadb')?.open()) ?? assert.fail()
    const env = { TOKEN_KEYS: `a:${'k'.repeat(40)}`, SUBGRAPH_SECRET: 's'.repeat(40) }
    const first = await startStack({ database: database.url, redis: redis.url, env })
    const second = await startStack({
      database: database.url,
      redis: redis.url,
      env: { ...env, DATA_DIR: first.dataDir },
    })
    stacks = [second, first]
    const app = new LegacyClient(first.url)
    ann = await app.register('ann')
    video = await app.video(ann, 'shared')
  })
  after(async () => {
    for (const stack of stacks) await stack[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
    await redis?.[Symbol.asyncDispose]()
  })

  const ask = async (stack: Stack, query: string, variables = {}) => {
    const started = performance.now()
    const { data, errors } = await graphql(stack.url, query, { token: ann.token, variables })
    assert.deepEqual(errors ?? [], [])
    return { data, ms: performance.now() - started }
  }

  /** Likes or takes it back through one, and sees that both know. @returns how long each request took, in ms */
  async function writeAndReadAll(): Promise<number[]> {
    const writer = stacks[round % 2] ?? assert.fail()
    const likes = ++round % 2 === 1
    const verb = likes ? 'favoriteVideo' : 'unfavoriteVideo'
    const written = await ask(writer, `mutation ($id: ID!) { ${verb}(input: { videoId: $id }) { video { id } } }`, {
      id: String(video),
    })
    const signature = `round ${round}`
    const told = await ask(
      writer,
      'mutation ($signature: String!) { updateProfile(input: { signature: $signature }) { user { id } } }',
      { signature },
    )
    const read = await Promise.all(stacks.map((stack) => ask(stack, page)))
    for (const { data } of read)
      assert.deepEqual(data['feed'].nodes, [
        {
          favoriteCount: likes ? 1 : 0,
          isFavorite: likes,
          commentCount: 0,
          author: { name: 'ann', signature },
        },
      ])
    return [written, told, ...read].map(({ ms }) => ms)
  }

  const hits = async (stack: Stack) =>
    Number(/^cache_hits_total (\d+)/m.exec(await (await fetch(`${stack.url}/metrics`)).text())?.[1])

  /** @returns after how many milliseconds all of them used it */
  async function isUsed(): Promise<number> {
    const started = performance.now()
    for (const stack of stacks)
      await eventually(async () => {
        const earlier = await hits(stack)
        await ask(stack, page)
        return (await hits(stack)) > earlier
      })
    return Math.round(performance.now() - started)
  }

  const troubles: Readonly<Record<string, { begin(): Promise<unknown>; end(): Promise<unknown> }>> = {
    none: { begin: async () => {}, end: async () => {} },
    'it is dead, and comes back empty': { begin: () => redis.kill9(), end: () => redis.start() },
    'it does not answer, and then goes on': {
      begin: async () => redis.freeze(true),
      end: async () => redis.freeze(false),
    },
    'it is full': {
      begin: () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
      end: () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    },
  }
  for (const [name, { begin, end }] of Object.entries(troubles))
    test(`${name}: every answer is right, at once and in both, and it is used when it can be`, async (context) => {
      const times: number[] = []
      const rounds = async (count: number) => {
        for (let n = 0; n < count; n++) times.push(...(await writeAndReadAll()))
      }
      await isUsed()
      await rounds(3)
      await begin()
      await rounds(12)
      await end()
      const used = await isUsed()
      await rounds(3)
      times.sort((a, b) => a - b)
      const at = (part: number) => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0)
      context.diagnostic(`requests took ${at(0.5)} ms, at most ${at(1)} ms; used again after ${used} ms`)
    })
})
