import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { Health } from './health.ts'

test('a process that can’t go on by itself is alive no more, and one that waits for others is', async (context) => {
  const health = new Health()
  const app = fastify()
  context.after(() => app.close())
  health.watch(app)
  const status = async (url: string) => (await app.inject(url)).statusCode
  health.require('database', () => Promise.reject(new Error('away')))
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503])
  health.giveUp('database')
  assert.deepEqual((await app.inject('/healthz')).json(), { status: 'broken', broken: ['database'] })
  assert.equal(await status('/healthz'), 503)
})
