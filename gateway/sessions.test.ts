import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { Tokens } from '../kit/tokens.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { Sessions } from './sessions.ts'

const key = (letter: string) => letter.repeat(32)
const refused = { code: 'UNAUTHENTICATED' }

async function start({ believed = 1_000 } = {}) {
  const world = { now: Date.UTC(2026, 0, 1), version: 1, asked: 0, down: false, gate: Promise.resolve() }
  const clock = () => world.now
  const user: DataSource<RequestScope> = {
    name: 'user',
    async execute({ variables }) {
      world.asked++
      const { version } = world
      await world.gate
      if (world.down) return { errors: [] }
      const of = variables['of'] as { id: string }[] // the shape of a fact's question
      return { data: { _entities: of.map(({ id }) => (id === '1' ? { version } : null)) } }
    },
    subscribe: () => Promise.reject(new Error('no subscriptions here')),
  }
  const tokens = await Tokens.create(new Map([['a', key('a')]]), { clock, lifetime: 3_600_000 })
  const sessions = new Sessions({ tokens, sources: () => new Map([['user', user]]), clock, believed })
  return { world, tokens, sessions, clock }
}

test('a token makes a viewer, and the user service is asked once for many requests', async () => {
  const { world, tokens, sessions } = await start()
  const token = await tokens.sign({ userId: 1, version: 1 })
  for (let n = 0; n < 10; n++) assert.equal((await sessions.viewerOf(token)).id, 1)
  assert.equal(world.asked, 1)
})

test('an ended session is noticed at once when told, and within its time when not', async () => {
  const { world, tokens, sessions } = await start()
  const token = await tokens.sign({ userId: 1, version: 1 })
  await sessions.viewerOf(token)
  world.version = 2
  world.now += 1_000
  await assert.rejects(sessions.viewerOf(token), refused)
  const next = await tokens.sign({ userId: 1, version: 2 })
  await sessions.viewerOf(next)
  sessions.ended({ userId: 1, version: 3 })
  await assert.rejects(sessions.viewerOf(next), refused)
})

test('after a doubt nothing is believed that was asked before, not even what is still on its way', async () => {
  const { world, tokens, sessions } = await start()
  const token = await tokens.sign({ userId: 1, version: 1 })
  await sessions.viewerOf(token)
  sessions.doubt()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.gate = promise
  const onItsWay = sessions.viewerOf(token)
  while (world.asked < 2) await new Promise(setImmediate)
  world.version = 2
  sessions.doubt()
  resolve()
  await onItsWay
  await assert.rejects(sessions.viewerOf(token), refused)
})

test('a token of a newer session holds at once, though an older one is remembered', async () => {
  const { world, tokens, sessions } = await start()
  await sessions.viewerOf(await tokens.sign({ userId: 1, version: 1 }))
  world.version = 2
  assert.equal((await sessions.viewerOf(await tokens.sign({ userId: 1, version: 2 }))).version, 2)
})

test('forged, expired, foreign and unknown tokens are refused', async () => {
  const { world, tokens, sessions, clock } = await start()
  const other = await Tokens.create(new Map([['a', key('b')]]), { clock })
  const token = await tokens.sign({ userId: 1, version: 1 })
  await assert.rejects(sessions.viewerOf(await other.sign({ userId: 1, version: 1 })), refused)
  await assert.rejects(sessions.viewerOf(await tokens.sign({ userId: 2, version: 1 })), refused)
  for (const bad of ['', 'x', `${token}x`, token.split('.').slice(0, 2).join('.'), 'eyJhbGciOiJub25lIn0.e30.'])
    await assert.rejects(sessions.viewerOf(bad), refused)
  await sessions.viewerOf(token)
  world.now += 3_600_000
  await assert.rejects(sessions.viewerOf(token), refused)
})

test('keys rotate: a token of an older key still holds, new ones are signed by the first', async () => {
  const { tokens, clock } = await start()
  const old = await tokens.sign({ userId: 1, version: 1 })
  const rotated = await Tokens.create(
    new Map([
      ['b', key('b')],
      ['a', key('a')],
    ]),
    { clock },
  )
  assert.equal((await rotated.verify(old)).userId, 1)
  await assert.rejects(tokens.verify(await rotated.sign({ userId: 1, version: 1 })), refused)
})

test('a user service that is down is UNAVAILABLE, not a wrong token', async () => {
  const { world, tokens, sessions } = await start()
  world.down = true
  await assert.rejects(sessions.viewerOf(await tokens.sign({ userId: 1, version: 1 })), { code: 'UNAVAILABLE' })
})

test('however many sessions end elsewhere, no more than the latest are remembered', async () => {
  const { tokens, sessions } = await start()
  const token = await tokens.sign({ userId: 1, version: 1 })
  await sessions.viewerOf(token)
  for (let userId = 2; userId < 50_000; userId++) sessions.ended({ userId, version: 2 })
  sessions.ended({ userId: 1, version: 2 })
  assert.equal(sessions.remembered.users, 20_000)
  await assert.rejects(sessions.viewerOf(token), refused)
})
