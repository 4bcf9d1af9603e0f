import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { withLostCommits } from '../../test/testkit/lost-commits.ts'
import { sessionChannel } from './index.ts'
import { failsWith, startUser } from './user-testkit.ts'
import { UserWrites } from './writes.ts'

const wrong = failsWith('WRONG_CREDENTIALS')

for (const database of databases)
  describe(`sessions on ${database.name}`, { skip: database.skip }, () => {
    test('a wrong password and a wrong name are told apart neither by the answer nor by the work', async () => {
      await using graph = await startUser({ database })
      await graph.register('ann')
      const operation = 'mutation ($n: String!) { login(input: { name: $n, password: "wrong" }) { token } }'
      const answers = []
      for (const n of ['ann', 'nobody']) {
        let answer: unknown
        const statements = await graph.countStatements(async () => {
          answer = JSON.stringify(await graph.try(operation, { n }))
        })
        answers.push({ answer, statements })
      }
      assert.deepEqual(answers[0], answers[1])
      assert.match(String(answers[0]?.answer), /WRONG_CREDENTIALS/)
    })

    test('every login is a session of its own kind, and logout ends them all', async () => {
      await using graph = await startUser({ database })
      const ann = await graph.register('ann')
      const bob = await graph.register('bob')
      const tokens = [ann.token, (await graph.login('ann')).token]
      for (const token of tokens) assert.equal(await graph.accepts(token), true)
      for (let n = 0; n < 2; n++) {
        await graph.logout(ann.id)
        for (const token of tokens) assert.equal(await graph.accepts(token), false)
        tokens.push((await graph.login('ann')).token)
        assert.equal(await graph.accepts(tokens.at(-1) ?? ''), true)
      }
      assert.equal(await graph.accepts(bob.token), true)
    })

    test('after a change of the password only the new token and the new password hold', async () => {
      await using graph = await startUser({ database })
      const { id, token } = await graph.register('ann', 'old')
      await assert.rejects(graph.changePassword(id, 'other', 'new'), wrong)
      for (const bad of ['', 'x'.repeat(33)])
        await assert.rejects(graph.changePassword(id, 'old', bad), failsWith('BAD_USER_INPUT'))
      assert.equal(await graph.accepts(token), true)
      const changed = await graph.changePassword(id, 'old', 'new')
      assert.equal(await graph.accepts(token), false)
      assert.equal(await graph.accepts(changed.token), true)
      await assert.rejects(graph.login('ann', 'old'), wrong)
      assert.equal(await graph.accepts((await graph.login('ann', 'new')).token), true)
    })

    test('of two changes of one password at once one wins', async () => {
      await using graph = await startUser({ database })
      for (let round = 0; round < 10; round++) {
        const { id } = await graph.register(`user ${round}`, 'old')
        const news = ['new 1', 'new 2']
        const changes = await Promise.allSettled(news.map((password) => graph.changePassword(id, 'old', password)))
        const winners = changes.flatMap((change) => (change.status === 'fulfilled' ? [change.value] : []))
        assert.equal(winners.length, 1)
        assert.equal(await graph.accepts(winners[0]?.token ?? ''), true)
        const logins = await Promise.allSettled(news.map((password) => graph.login(`user ${round}`, password)))
        assert.deepEqual(
          logins.map(({ status }) => status),
          changes.map(({ status }) => status),
        )
      }
    })

    test('only who is signed in changes anything', async () => {
      await using graph = await startUser({ database })
      const change = 'changePassword(input: { currentPassword: "a", newPassword: "b" }) { token }'
      for (const field of ['logout { user { id } }', change])
        for (const stranger of [null, 4_711]) {
          const { errors } = await graph.try(`mutation { ${field} }`, {}, stranger)
          assert.equal(errors?.[0]?.extensions['code'], 'UNAUTHENTICATED')
        }
    })

    test('the bus hears of every end of sessions after it has come true', async () => {
      const heard: unknown[] = []
      const versions: unknown[] = []
      const bus = {
        async publish(channel: string, payload: unknown) {
          heard.push({ channel, payload })
          versions.push(await graph.services.db.selectFrom('user').select(['id', 'session_version']).execute())
        },
      }
      await using graph = await startUser({ database, bus })
      const { id } = await graph.register('ann', 'old')
      await graph.login('ann', 'old')
      await assert.rejects(graph.changePassword(id, 'other', 'new'), wrong)
      assert.deepEqual(heard, [])
      await graph.changePassword(id, 'old', 'new')
      await graph.logout(id)
      assert.deepEqual(
        heard,
        [2, 3].map((version) => ({ channel: sessionChannel, payload: { userId: id, version } })),
      )
      assert.deepEqual(
        versions,
        [2, 3].map((session_version) => [{ id, session_version }]),
      )
    })

    test('a bus that fails keeps nobody signed in', async () => {
      const bus = { publish: () => Promise.reject(new Error('no bus')) }
      await using graph = await startUser({ database, bus })
      const { id, token } = await graph.register('ann')
      await graph.logout(id)
      assert.equal(await graph.accepts(token), false)
    })

    test('what was committed without an answer is done again without harm', async () => {
      await using graph = await startUser({ database })
      const { db } = graph.services
      const lossy = () => new UserWrites(withLostCommits(db))
      const ann = { id: 5, name: 'ann', passwordHash: 'hash 1' }
      const registered = await lossy().register(ann)
      assert.equal(registered.session_version, 1)
      assert.equal((await lossy().changePassword(5, 'hash 1', 'hash 2'))?.session_version, 2)
      assert.equal((await lossy().updateProfile(5, { name: 'anna', signature: 'hi' }))?.name, 'anna')
      const ended = await lossy().endSessions(5)
      assert.ok(ended && ended.session_version > 2)
      assert.deepEqual(await db.selectFrom('user').selectAll().execute(), [{ ...ended, password_hash: 'hash 2' }])
      assert.equal(ended.signature, 'hi')
      assert.deepEqual(await db.selectFrom('user_name').selectAll().execute(), [{ name: 'anna', user_id: 5 }])
    })
  })
