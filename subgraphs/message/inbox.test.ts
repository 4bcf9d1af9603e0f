import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { type DatabaseKind, databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { withLostCommits } from '../../test/testkit/lost-commits.ts'
import { skipMariaDb, startMariaDb } from '../../test/testkit/mariadb.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { persist } from '../../test/testkit/persist.ts'
import { startSubgraph } from '../../test/testkit/subgraph.ts'
import { InboxLog, type InboxMessage } from './inbox-log.ts'
import { message } from './index.ts'
import type { LogHead } from './log/log.ts'
import type { InboxRow, MessageRow, MessageTables } from './tables.ts'
import { MessageWrites, type Send } from './writes.ts'

const owners = { user: (_: string, id: number) => ({ id: String(id) }) }
const send = `mutation ($to: ID!, $content: String!, $clientId: String) {
  sendMessage(input: { to: $to, content: $content, clientId: $clientId }) { message { id } } }`

for (const database of databases)
  describe(`inbox on ${database.name}`, { skip: database.skip }, () => {
    test('it holds what a user received from anybody, in order, from any number on', async () => {
      await using graph = await startSubgraph(message, { database, owners })
      const log = new InboxLog(graph.services.db, graph.services.ids)
      const empty = await headOf(log, 9)
      assert.deepEqual([empty?.seq, await headOf(log, 9)], [0, empty])
      const expected = ['a', 'b', 'c', 'd']
      for (const [n, content] of expected.entries()) await graph.run(send, { to: '9', content }, n + 1)
      await graph.run(send, { to: '1', content: 'sent, not received' }, 9)
      assert.deepEqual(await headOf(log, 9), { epoch: empty?.epoch, seq: 4 })
      for (const seq of [0, 1, 3, 4]) {
        const rows = (await entriesAfter(log, 9, seq)).slice(0, 2)
        assert.deepEqual(
          rows.map((row) => [row.seq, row.content, row.from_me, row.peer_id]),
          expected.map((content, n) => [n + 1, content, 0, n + 1]).slice(seq, seq + 2),
        )
      }
      assert.equal(await graph.countStatements(() => entriesAfter(log, 9, 4)), 1)
      assert.notEqual((await headOf(log, 1))?.epoch, empty?.epoch)
    })

    test('a commit whose answer is lost sends once, and is still hinted at', async () => {
      await using graph = await startSubgraph(message, { database, owners })
      const { db, ids, clock } = graph.services
      const heard: number[] = []
      const writes = new MessageWrites(withLostCommits(db), { ids, clock, onReceived: (_, seq) => heard.push(seq) })
      const sends: Send[] = [1, 2, 3].map((n) => ({
        id: ids.next(),
        from: n,
        to: 9,
        content: String(n),
        clientId: n === 2 ? undefined : 'a',
      }))
      const sent = await Promise.all(sends.map((one) => writes.send(one)))
      assert.deepEqual(
        sent.map((row) => row.id),
        sends.map((one) => one.id),
      )
      const log = new InboxLog(db, ids)
      assert.deepEqual(
        (await entriesAfter(log, 9, 0)).map((row) => [row.seq, row.content]),
        [
          [1, '1'],
          [2, '2'],
          [3, '3'],
        ],
      )
      assert.deepEqual(heard, [3])
    })
  })

for (const database of databases.filter(({ name }) => name === 'mariadb'))
  describe('inbox in several processes', { skip: database.skip }, () => {
    test('random sends leave every log without a gap, every mailbox in step with its twin, and nothing doubled', async () => {
      await using shared = await oneDatabase(database)
      await using one = await startSubgraph(message, { database: shared, owners })
      // The second process' clock is behind: times must still increase.
      const clock = () => Date.now() - 1_000
      await using two = await startSubgraph(message, { database: shared, owners, worker: 1, clock })
      const { db, ids } = one.services
      const log = new InboxLog(db, ids)
      const user = fc.integer({ min: 1, max: 8 })
      const wish = fc
        .record({ from: user, to: user, twice: fc.boolean(), second: fc.boolean() })
        .filter(({ from, to }) => from !== to)
      let sentInAll = 0
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 200, maxLength: 400 }), async (wishes) => {
          let busy = true
          const watching = watch(log, () => busy)
          const answers = await Promise.all(
            wishes.map(async ({ from, to, twice, second }, n) => {
              const variables = { to: String(to), content: String(sentInAll + n), clientId: `${sentInAll + n}` }
              const graphs = twice ? [one, two] : [second ? two : one]
              const found = await Promise.all(graphs.map((graph) => persist(() => graph.run(send, variables, from))))
              return new Set(found.map((answer) => answer['sendMessage'].message.id))
            }),
          )
          busy = false
          await watching
          for (const of of answers) assert.equal(of.size, 1)
          sentInAll += wishes.length
          const own: Kysely<MessageTables> = db
          const mailbox = await own.selectFrom('mailbox').selectAll().execute()
          const inbox = await own.selectFrom('inbox').selectAll().orderBy('seq').execute()
          assertConsistent(mailbox, inbox, sentInAll)
        }),
        { numRuns: 5, endOnFailure: true },
      )
    })
  })

describe('inbox on a server that is killed', { skip: skipMariaDb() }, () => {
  test('senders that repeat until they are answered have sent each message once', async () => {
    await using server = await startMariaDb()
    const database: DatabaseKind = {
      name: 'mariadb',
      skip: false,
      open: async () => ({ url: `${server.url}/chat`, [Symbol.asyncDispose]: async () => {} }),
    }
    await using one = await startSubgraph(message, { database, owners })
    await using two = await startSubgraph(message, { database, owners, worker: 1 })
    const messages = 2_000
    let answered = 0
    let next = 0
    const sending = Array.from({ length: 20 }, async () => {
      for (let n = next++; n < messages; n = next++) {
        const variables = { to: String((n % 7) + 2), content: String(n), clientId: String(n) }
        for (let graph = n % 2 ? one : two; ; graph = graph === one ? two : one) {
          const { errors } = await graph.try(send, variables, 1)
          if (!errors) break
          assert.equal(errors[0]?.extensions['code'], 'UNAVAILABLE')
        }
        answered++
      }
    })
    for (const at of [messages / 4, messages / 2]) {
      await eventually(() => answered > at, 30_000)
      await server.kill9()
      await server.start()
    }
    await Promise.all(sending)
    const db: Kysely<MessageTables> = one.services.db
    const mailbox = await db.selectFrom('mailbox').selectAll().execute()
    assertConsistent(mailbox, await db.selectFrom('inbox').selectAll().orderBy('seq').execute(), messages)
  })
})

const headOf = async (log: InboxLog, userId: number): Promise<LogHead | undefined> => (await log.openHeads([userId]))[0]

/** The next entries, some 25 at most. */
async function entriesAfter(log: InboxLog, userId: number, seq: number): Promise<InboxMessage[]> {
  const [page] = await log.pages([{ userId, seq }])
  return (page?.entries ?? []).filter((entry) => entry.seq > seq)
}

/** Follows every inbox while it grows, as a subscriber does: a number must never be seen before the one below it. */
async function watch(log: InboxLog, busy: () => boolean): Promise<void> {
  const seen = new Map<number, number>()
  for (let last = false; !last; ) {
    last = !busy() // once more after the end, to have seen everything
    for (let user = 1; user <= 8; user++)
      for (let rows = 1; rows > 0; ) {
        const page = await entriesAfter(log, user, seen.get(user) ?? 0)
        for (const { seq } of page) {
          assert.equal(seq, (seen.get(user) ?? 0) + 1)
          seen.set(user, seq)
        }
        rows = page.length
      }
    for (const [user, seq] of last ? seen : []) assert.equal((await headOf(log, user))?.seq, seq)
  }
}

function assertConsistent(mailbox: readonly MessageRow[], inbox: readonly InboxRow[], messages: number): void {
  const nameOf = (row: { user_id: number; peer_id: number; sent_at: number }) =>
    `${row.user_id} ${row.peer_id} ${row.sent_at}`
  assert.equal(mailbox.length, messages * 2)
  assert.equal(new Set(mailbox.map(({ content }) => content)).size, messages)
  const byName = new Map(mailbox.map((row) => [nameOf(row), row]))
  for (const row of mailbox)
    assert.deepEqual(byName.get(nameOf({ ...row, user_id: row.peer_id, peer_id: row.user_id })), {
      ...row,
      user_id: row.peer_id,
      peer_id: row.user_id,
      from_me: 1 - row.from_me,
    })
  assert.deepEqual(
    new Set(inbox.map(nameOf)),
    new Set(mailbox.filter((row) => row.from_me === 0).map(nameOf)), // what was received, and nothing else
  )
  assert.equal(inbox.length, messages)
  for (const [, rows] of Map.groupBy(inbox, (row) => row.user_id)) {
    assert.deepEqual(
      rows.map((row) => row.seq),
      rows.map((_, n) => n + 1),
    )
    for (const [, ofPeer] of Map.groupBy(rows, (row) => row.peer_id))
      for (const [n, row] of ofPeer.entries()) assert.ok(n === 0 || row.sent_at > (ofPeer[n - 1]?.sent_at ?? 0)) // a log keeps the order of each conversation
  }
}
