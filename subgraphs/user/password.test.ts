import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { Passwords } from './password.ts'
import { failsWith, startUser } from './user-testkit.ts'

const cheap = { memoryKib: 8, passes: 1 }
const tooMany = failsWith('TOO_MANY_REQUESTS')

test('in production a password is hashed by argon2id with 19 MiB, two passes and one lane', async () => {
  const passwords = new Passwords()
  const hashed = await passwords.hash('secret')
  assert.match(hashed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await passwords.matches(hashed, 'secret'), true)
  assert.equal(await passwords.matches(hashed, 'Secret'), false)
})

test('equal passwords have different hashes, and a hash holds whatever new ones cost', async () => {
  const passwords = new Passwords(cheap)
  const hashes = [await passwords.hash('密码😀'), await passwords.hash('密码😀')]
  assert.notEqual(hashes[0], hashes[1])
  const dearer = new Passwords({ memoryKib: 16, passes: 2 })
  for (const hash of hashes) assert.equal(await dearer.matches(hash, '密码😀'), true)
})

test('without a hash no password matches', async () => {
  const passwords = new Passwords(cheap)
  for (const password of ['', 'secret']) assert.equal(await passwords.matches(undefined, password), false)
})

test('those who find the queue full are refused at once, and the others have their turn', async () => {
  const passwords = new Passwords({ ...cheap, atOnce: 2, mostWaiting: 3 })
  for (let round = 0; round < 3; round++) {
    const results = await Promise.allSettled(Array.from({ length: 9 }, () => passwords.hash('secret')))
    assert.deepEqual(
      results.map(({ status }) => status),
      [...Array(5).fill('fulfilled'), ...Array(4).fill('rejected')],
    )
    for (const result of results) if (result.status === 'rejected') assert.ok(tooMany(result.reason))
  }
})

test('work that fails gives its place back', async () => {
  const passwords = new Passwords({ ...cheap, atOnce: 1, mostWaiting: 1 })
  for (let n = 0; n < 3; n++) await assert.rejects(passwords.matches('not a hash', 'secret'))
  assert.equal(await passwords.matches(await passwords.hash('secret'), 'secret'), true)
})

test('more logins at once than can wait are told to come again, and sign in when they do', async () => {
  const [database] = databases
  assert.ok(database)
  await using graph = await startUser({ database, passwordCost: { atOnce: 1, mostWaiting: 4 } })
  await graph.register('ann')
  const results = await Promise.allSettled(Array.from({ length: 30 }, () => graph.login('ann')))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.ok(refused.length > 0 && refused.length < 30)
  for (const error of refused) assert.ok(tooMany(error))
  assert.equal((await graph.login('ann')).name, 'ann')
})
