import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdSource } from '../../kit/ids.ts'
import type { Services } from '../../kit/services.ts'
import { Tokens } from '../../kit/tokens.ts'
import {
  cachedWorlds,
  openFailingWorld,
  type ProcessParts,
  skipFailingWorld,
  startEach,
} from '../../test/testkit/cached-worlds.ts'
import { assertFresh } from '../../test/testkit/freshness.ts'
import { startSubgraph } from '../../test/testkit/subgraph.ts'
import { CachedUsers } from './cached-store.ts'
import { type UserServices, user } from './index.ts'
import { UserStore } from './store.ts'

type More = UserServices & Partial<Pick<Services, 'ids'>>

async function start({ database, worker, cache }: ProcessParts, more: Partial<More> = {}) {
  const tokens = await Tokens.create(new Map([['key', 'x'.repeat(32)]]))
  const passwordCost = { memoryKib: 8, passes: 1 }
  return startSubgraph<More>((services) => user(services as Services & UserServices), {
    database,
    worker,
    more: { tokens, passwordCost, cache, ...more },
  })
}
type Process = Awaited<ReturnType<typeof start>>

const register = async (graph: Process, name: string): Promise<number> => {
  const operation = 'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }'
  const answer = await graph.run(operation, { input: { name, password: 'secret' } })
  return Number(answer['register'].user.id)
}
const signatureOf = async (graph: Process, id: number): Promise<string | undefined> =>
  (await graph.run('query ($id: ID!) { user(id: $id) { signature } }', { id: String(id) }))['user']?.signature
const sign = (graph: Process, id: number, signature: string) =>
  graph.run('mutation ($s: String) { updateProfile(input: { signature: $s }) { user { id } } }', { s: signature }, id)

const signatures = {
  write: (graph: Process, id: number, version: number) => sign(graph, id, String(version)),
  read: signatureOf,
  valueAt: (version: number) => (version === 0 ? '' : String(version)),
}

for (const { name, skip, open } of cachedWorlds)
  describe(`cached users on ${name}`, { skip }, () => {
    test('a herd of 2,000 readers of one cold user costs a process one statement, later readers none', async () => {
      await using world = await open()
      for (const parts of world.processes) {
        await using graph = await start(parts)
        const id = await register(graph, `herd ${parts.worker}`)
        const users = new CachedUsers(new UserStore(graph.services.db), parts.cache)
        const herd = () => Promise.all(Array.from({ length: 2_000 }, () => users.byId([id])))
        assert.equal(await graph.countStatements(herd), 1)
        assert.equal(await graph.countStatements(herd), 0)
        assert.equal(await graph.countStatements(() => signatureOf(graph, id)), 0)
      }
    })

    test('writers and readers at once never leave or read an old profile', async () => {
      await using world = await open()
      await using stack = new AsyncDisposableStack()
      const processes = await startEach(world.processes, stack, start)
      const [first] = processes
      assert.ok(first)
      const keys = [await register(first, 'a'), await register(first, 'b'), await register(first, 'c')]
      const reads = await assertFresh({ processes, keys, writes: 60, ...signatures })
      assert.ok(reads > 20, `only ${reads} reads`)
    })

    test('a user is found at once after it was looked for in vain', async () => {
      await using world = await open()
      const [parts] = world.processes
      assert.ok(parts)
      const ids = { next: () => 4_711 } as IdSource // register asks for nothing else
      await using graph = await start(parts, { ids })
      assert.equal(await signatureOf(graph, 4_711), undefined)
      assert.equal(await register(graph, 'late'), 4_711)
      assert.equal(await signatureOf(graph, 4_711), '')
    })

    test('session versions are read from the database every time', async () => {
      await using world = await open()
      const [parts] = world.processes
      assert.ok(parts)
      await using graph = await start(parts)
      const id = await register(graph, 'a')
      const version = async () => {
        const operation = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Session { version } } }'
        const answer = await graph.run(operation, { of: [{ __typename: 'Session', id: String(id) }] })
        return answer['_entities'][0].version
      }
      await signatureOf(graph, id)
      for (const expected of [1, 2, 3]) {
        assert.equal(await version(), expected)
        // Behind the cache's back.
        await graph.services.db
          .updateTable('user')
          .set('session_version', expected + 1)
          .where('id', '=', id)
          .execute()
      }
      const lookups = await parts.cache.read('user', [id])
      assert.match(JSON.stringify(lookups), /"hit":true/)
      assert.doesNotMatch(JSON.stringify(lookups), /session|password|argon/)
    })
  })

test('profiles stay right while Redis dies, is slow and comes back', { skip: skipFailingWorld() }, async () => {
  await using world = await openFailingWorld()
  await using stack = new AsyncDisposableStack()
  const processes = await startEach(world.processes, stack, start)
  const [first] = processes
  assert.ok(first)
  const keys = [await register(first, 'a'), await register(first, 'b')]
  await assertFresh({ processes, keys, writes: 1, until: world.misbehave(), readers: 2, ...signatures })
})
