import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lifetime } from './lifetime.ts'

test('what can’t be closed keeps nothing else open, and the first failure is told', async () => {
  const lifetime = new Lifetime()
  const closed: string[] = []
  for (const name of ['first', 'second', 'third', 'fourth'])
    lifetime.onClose(async () => {
      closed.push(name)
      if (name === 'third' || name === 'second') throw new Error(name)
    })
  await assert.rejects(lifetime.close(), /third/)
  assert.deepEqual(closed, ['fourth', 'third', 'second', 'first'])
  await lifetime.close()
})
