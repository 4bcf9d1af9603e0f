import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Connections } from './connections.ts'

const connectionsOf = () =>
  new Connections({
    sessions: { viewerOf: () => Promise.reject(new Error('not used')), doubt: () => {} },
    most: 1_000,
    mostPerUser: 1,
    beatEvery: 60_000,
    recheckEvery: 60_000,
    clock: Date.now,
    random: Math.random,
  })

/** Drains so many connections without a window. @returns when each was sent away */
async function drained(count: number): Promise<number[]> {
  const connections = connectionsOf()
  const moments: number[] = []
  for (let n = 0; n < count; n++) {
    const connection = {
      beat() {},
      end() {},
      destroy() {},
      retire() {
        moments.push(performance.now())
        connections.delete(connection)
      },
    }
    connections.add(connection)
  }
  await connections.drain(0)
  return moments
}

test('many connections are not all sent away in one moment, also without a window', async () => {
  const moments = await drained(400)
  assert.equal(moments.length, 400)
  assert.ok(Math.max(...moments) - Math.min(...moments) > 200)
})

test('nobody waits for few, or none', async () => {
  const before = performance.now()
  assert.deepEqual(await drained(0), [])
  assert.equal((await drained(3)).length, 3)
  assert.ok(performance.now() - before < 100)
})
