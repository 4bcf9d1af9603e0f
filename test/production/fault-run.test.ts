import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipStack } from '../testkit/stack.ts'
import { faultRun } from './faults/run.ts'

test('kill -9 of anything at any time loses and doubles nothing that was acknowledged, and hangs nobody', {
  skip: skipStack('cluster'),
}, async (context) => {
  const report = await faultRun({ minutes: 0.75 })
  const { lost, doubled, missed, doctor, hangs, kills, answered, refused, recoveries, ...rest } = report
  context.diagnostic(JSON.stringify({ kills, writes: rest.writes, answered, refused, recoveries }))
  assert.deepEqual(
    { lost, doubled, missed, examples: doctor.examples, hangs },
    {
      lost: [],
      doubled: [],
      missed: [],
      examples: [],
      hangs: 0,
    },
  )
  assert.ok(rest.writes > 50 && Object.keys(kills).length > 2, JSON.stringify(kills))
  // What is not known as passing trouble would be a fault of ours.
  const expected = /^(UNAVAILABLE|TIMEOUT|no connection|status 50[23]|服务暂时不可用，请稍后再试|请求超时，请稍后再试)$/
  assert.deepEqual(
    Object.keys(rest.reasons).filter((reason) => !expected.test(reason)),
    [],
  )
})
