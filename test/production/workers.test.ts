import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { skipStack, startStack } from '../testkit/stack.ts'

const workersOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)

describe('several workers on one machine', { skip: skipStack('single') }, () => {
  test('they share a port, are replaced when they die, and stop together', async () => {
    const env = { WORKERS: '2', SUBGRAPH_SECRET: 's'.repeat(40), TOKEN_KEYS: `a:${'k'.repeat(40)}` }
    await using stack = await startStack({ kind: 'single', env })
    const names = Array.from({ length: 6 }, (_, n) => `worker${n}`)
    const register = (name: string) =>
      graphql(stack.url, `mutation { register(input: { name: "${name}", password: "p" }) { user { id } } }`)
    const answers = await Promise.all(names.map(register))
    const ids = new Set(answers.map(({ data }) => data['register'].user.id))
    assert.equal(ids.size, names.length)

    const text = await (await fetch(`${stack.url}/metrics`)).text()
    const counted = [...text.matchAll(/^http_request_duration_seconds_count\{method="POST".*\} (\d+)$/gm)]
    assert.equal(
      counted.reduce((sum, [, count]) => sum + Number(count), 0),
      names.length,
      'whichever worker is asked, it counts the requests of all',
    )

    const [first = 0, second = 0] = workersOf(stack.pid)
    process.kill(first, 'SIGKILL')
    await eventually(() => {
      const now = workersOf(stack.pid)
      return now.length === 2 && now.includes(second) && !now.includes(first)
    }, 20_000)
    assert.equal((await register('after')).errors, undefined)
    assert.equal(await stack.stop(), 0)
    assert.equal(stack.log.at(-1)?.msg, 'stopped')
  })

  test('what they need and do not have is told at once', async () => {
    await assert.rejects(startStack({ kind: 'embedded', env: { WORKERS: '2' } }), (error: Error) => {
      for (const name of ['TOKEN_KEYS', 'SUBGRAPH_SECRET', 'REDIS_URL', 'DATABASE_URL'])
        assert.match(error.message, new RegExp(`${name}: has to be`))
      return true
    })
  })
})
