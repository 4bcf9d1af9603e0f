import assert from 'node:assert/strict'
import { type Result, runCheck } from '../../doctor/check.ts'
import { checks } from '../../doctor/checks/all.ts'
import { openWorld } from '../../doctor/world.ts'
import { readSettings } from '../../kit/env.ts'
import { silentLog } from './redises.ts'

/** Looks at all data of an app with this environment, as `npm run doctor` does. */
export async function examine(env: Readonly<Record<string, string>>): Promise<Result[]> {
  await using world = await openWorld(readSettings(env), silentLog)
  const results: Result[] = []
  for (const check of checks) results.push(await runCheck(check, world, false))
  return results
}

/** @throws with what the doctor finds */
export async function assertInOrder(env: Readonly<Record<string, string>>): Promise<void> {
  const examples = (await examine(env)).flatMap(({ name, examples }) => examples.map((text) => `${name}: ${text}`))
  assert.deepEqual(examples, [], 'findings of the doctor')
}
