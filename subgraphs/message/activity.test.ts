import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '../../kit/bus/memory.ts'
import { codeOf, errors } from '../../kit/errors.ts'
import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { type DatabaseKind, databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { nextEvent } from '../../test/testkit/live-subgraph.ts'
import { silentLog } from '../../test/testkit/redises.ts'
import type { Lives } from './activity/watched-user.ts'
import { type LiveGraph, startLive } from './live-testkit.ts'

const [database] = databases as readonly [DatabaseKind] // nothing of this is in a database
const activity = 'subscription ($of: [ID!]!) { friendActivity(of: $of) { friend { id } isOnline isTyping } }'
const setTyping = 'mutation ($to: ID!) { setTyping(to: $to) }'
const short: Lives = { askMs: 20, onlineMs: 60, leaveMs: 30, typingMs: 60, checkMs: 20 }
const long: Lives = { ...short, onlineMs: 10_000, leaveMs: 400 }

/** Two processes that share a bus. */
async function start(lives = short) {
  const bus = new MemoryBus({ log: silentLog })
  const resources = new AsyncDisposableStack()
  const one = resources.use(await startLive({ database, more: { bus, lives } }))
  const two = resources.use(await startLive({ database, more: { bus, lives }, worker: 1 }))
  return { bus, one, two, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

const watch = (graph: LiveGraph, viewer: number, ...of: number[]) =>
  graph.subscribe(activity, { of: of.map(String) }, viewer)

async function next(events: SubgraphEvents) {
  const { friend, isOnline, isTyping } = await nextEvent(events)
  return [friend.id, ...(isOnline ? ['online'] : []), ...(isTyping ? ['typing'] : [])].join(' ')
}

test('a friend is online while a stream is open, in whichever process', async () => {
  await using world = await start(long)
  const { one, two } = world
  const events = await watch(one, 1, 2, 3)
  assert.deepEqual([await next(events), await next(events)], ['2', '3'])
  const streams = [await two.receive(3), await one.receive(3)] as const
  assert.equal(await next(events), '3 online')
  const later = await watch(two, 2, 3)
  assert.equal(await next(later), '3')
  assert.equal(await next(later), '3 online')
  await streams[0].return()
  const pending = next(events)
  assert.equal(
    await Promise.race([pending, new Promise((resolve) => setTimeout(() => resolve('still online'), 600))]),
    'still online',
  )
  await streams[1].return()
  assert.equal(await pending, '3')
})

test('a process that dies without a word takes its users offline after a while', async () => {
  await using world = await start()
  const { bus, one } = world
  const events = await watch(one, 1, 2)
  assert.equal(await next(events), '2')
  await bus.publish('activity:2', { online: true }) // the last words of a process
  assert.equal(await next(events), '2 online')
  assert.equal(await next(events), '2')
})

test('who writes is seen by whom it is meant for, for a while', async () => {
  await using world = await start()
  const { one, two } = world
  const [meant, other] = [await watch(one, 1, 2), await watch(one, 3, 2)]
  assert.deepEqual([await next(meant), await next(other)], ['2', '2'])
  const unmeant = next(other)
  await two.run(setTyping, { to: '1' }, 2)
  assert.equal(await next(meant), '2 typing')
  assert.equal(await next(meant), '2')
  await two.receive(2)
  assert.equal(await unmeant, '2 online')
})

test('a consumer that is slow sees the newest state alone', async () => {
  await using world = await start(long)
  const { one, two } = world
  const events = await watch(one, 1, 2)
  assert.equal(await next(events), '2')
  for (let n = 0; n < 20; n++) await (await two.receive(2)).return()
  await two.receive(2)
  assert.equal(await next(events), '2 online')
})

test('leaving ends it at once, and the end of the service is told', async () => {
  const world = await start()
  const [left, told] = [await watch(world.one, 1, 2), await watch(world.one, 1, 2)]
  await Promise.all([next(left), next(told)])
  const pending = left.next()
  await left.return()
  assert.equal((await pending).done, true)
  await Promise.all([assert.rejects(next(told), failsWith('UNAVAILABLE')), world[Symbol.asyncDispose]()])
})

test('it is for friends alone', async () => {
  await using world = await start()
  const { one } = world
  for (const stranger of [150, 250]) {
    await assert.rejects(watch(one, 1, 2, stranger), failsWith('FORBIDDEN'))
    await assert.rejects(one.run(setTyping, { to: String(stranger) }, 1), failsWith('FORBIDDEN'))
  }
  await assert.rejects(one.subscribe(activity, { of: ['2'] }), failsWith('UNAUTHENTICATED'))
  await assert.rejects(watch(one, 1), failsWith('BAD_USER_INPUT'))
  await assert.rejects(watch(one, 1, ...Array.from({ length: 101 }, (_, n) => n + 1)), failsWith('LIMIT_EXCEEDED'))
})

test('it ends when one of them is a friend no more, and not because that can’t be asked for a while', async () => {
  let [asked, away, friends] = [0, false, true]
  const relation = () => {
    asked++
    if (away) throw errors.unavailable('relation')
    return { isFollow: true, followsViewer: friends }
  }
  await using graph = await startLive({ database, owners: { relation }, more: { lives: long } })
  const events = await watch(graph, 1, 2, 3)
  assert.deepEqual([await next(events), await next(events)], ['2', '3'])
  away = true
  const before = asked
  await eventually(() => asked > before + 4)
  away = false
  await graph.receive(3)
  assert.equal(await next(events), '3 online')
  const pending = events.next()
  friends = false
  await assert.rejects(pending, failsWith('FORBIDDEN'))
  assert.equal((await events.next()).done, true)
})

const failsWith = (code: string) => (error: unknown) => codeOf(error) === code
