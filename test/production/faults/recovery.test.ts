import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recoveryOf, type Waiting } from './recovery.ts'

const like: Waiting = { needs: ['favorite', 'user'], since: 0 }
const follow: Waiting = { needs: ['relation', 'user'], since: 0 }
const backAt = (times: Record<string, number>) => (role: string) => times[role] ?? Number.NEGATIVE_INFINITY
const both = (sinceDatabase: number, sincePossible: number) => ({ sinceDatabase, sincePossible })

test('a recovery is the app’s own delay: from when the first write that is waited for was possible', () => {
  const span = { accepting: 1_000, written: 3_000 }
  assert.deepEqual(recoveryOf(span, [like, follow], backAt({})), both(2_000, 2_000), 'nothing else was away')
  assert.deepEqual(recoveryOf(span, [like, follow], backAt({ user: 2_900 })), both(2_000, 100), 'nobody could write')
  assert.deepEqual(recoveryOf(span, [like, follow], backAt({ favorite: 2_900 })), both(2_000, 2_000), 'one could')
  assert.deepEqual(
    recoveryOf(span, [like], backAt({ favorite: 2_900 })),
    both(2_000, 100),
    'nobody wanted anything else',
  )
  assert.deepEqual(recoveryOf(span, [like, { ...follow, since: 2_500 }], backAt({ favorite: 2_900 })), both(2_000, 500))
  const away = backAt({ favorite: Number.POSITIVE_INFINITY })
  assert.deepEqual(recoveryOf(span, [like, follow], away), both(2_000, 2_000), 'a role that is still away')
})
