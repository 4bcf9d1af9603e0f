import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeOf } from '../../kit/errors.ts'
import { databases } from '../../test/testkit/databases.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { nextEvent } from '../../test/testkit/live-subgraph.ts'
import { oneDatabase } from '../../test/testkit/one-database.ts'
import { type LiveGraph, sendMessage, startLive } from './live-testkit.ts'

const send = (graph: LiveGraph, from: number, to: number, content: string) =>
  graph.run(sendMessage, { to: String(to), content }, from)

for (const database of databases)
  describe(`received messages on ${database.name}`, { skip: database.skip }, () => {
    test('a stream without a cursor opens at once, and then has what is new, whoever from', async () => {
      await using graph = await startLive({ database })
      await send(graph, 1, 9, 'before')
      const events = await graph.receive(9)
      const opened = await nextEvent(events)
      assert.equal(opened['__typename'], 'StreamOpened')
      await send(graph, 1, 9, 'one')
      await send(graph, 2, 9, 'two')
      await send(graph, 9, 1, 'not received')
      const [one, two] = [await nextEvent(events), await nextEvent(events)]
      assert.deepEqual(
        [one['__typename'], one['message'].content, one['message'].sender.id],
        ['MessageReceived', 'one', '1'],
      )
      assert.deepEqual([two['message'].content, two['message'].recipient.id], ['two', '9'])
      assert.equal(new Set([opened, one, two].map(({ cursor }) => cursor)).size, 3)
      await events.return()
    })

    test('from any cursor on it has what was missed, in order and in pages, and then what is new', async () => {
      await using graph = await startLive({ database })
      const { inbox } = await graph.run('{ inbox { cursor } }', {}, 9)
      const contents = Array.from({ length: 70 }, (_, n) => String(n))
      for (const content of contents) await send(graph, (Number(content) % 3) + 1, 9, content)
      const events = await graph.receive(9, inbox.cursor)
      const seen = []
      for (const _ of contents) seen.push(await nextEvent(events))
      assert.deepEqual(
        seen.map(({ message }) => message.content),
        contents,
      )
      const later = await graph.receive(9, seen[41]?.['cursor'])
      for (const content of contents.slice(42)) assert.equal((await nextEvent(later))['message'].content, content)
      const pending = nextEvent(later)
      await send(graph, 1, 9, 'new')
      assert.equal((await pending)['message'].content, 'new')
      const last = (await nextEvent(events))['cursor']
      assert.equal(last, (await graph.run('{ inbox { cursor } }', {}, 9))['inbox'].cursor)
    })

    test('many subscribers are served by few statements', async () => {
      await using graph = await startLive({ database })
      const users = Array.from({ length: 40 }, (_, n) => n + 100)
      const streams = await Promise.all(users.map((user) => graph.receive(user)))
      await Promise.all(streams.map((events) => nextEvent(events)))
      const pending = streams.map((events) => nextEvent(events))
      const statements = await graph.countStatements(async () => {
        await Promise.all(users.map((to) => send(graph, 1, to, 'hello')))
        await Promise.all(pending)
      })
      // One batch of sends: conversations, mailboxes, inboxes; and one read of all the inboxes.
      assert.ok(statements <= 12, `${statements} statements`)
    })

    test('a quiet stream costs no statement of its own, and is found out of date by one look for all', async () => {
      await using shared = await oneDatabase(database)
      const deaf = { publish: async () => {}, on: () => () => {} }
      await using graph = await startLive({ database: shared, more: { bus: deaf, pollMs: 20 } })
      await using elsewhere = await startLive({ database: shared, worker: 1, more: { bus: deaf } })
      const users = Array.from({ length: 30 }, (_, n) => n + 100)
      const streams = await Promise.all(users.map((user) => graph.receive(user)))
      await Promise.all(streams.map((events) => nextEvent(events)))
      const pending = streams.map((events) => nextEvent(events))
      const from = graph.statements.length
      await eventually(() => graph.statements.length >= from + 3)
      assert.ok(graph.statements.slice(from).every((sql) => /from [`"]inbox_head[`"]/.test(sql)))
      await Promise.all(users.map((to) => send(elsewhere, 1, to, 'hello')))
      for (const { message } of await Promise.all(pending)) assert.equal(message.content, 'hello')
    })

    test('only a process that has the database to itself does not read again what it sent', async () => {
      await using graph = await startLive({ database })
      const events = await graph.receive(9)
      await nextEvent(events)
      await send(graph, 1, 9, 'the first is read')
      await nextEvent(events)
      const from = graph.statements.length
      let last: string | undefined
      for (const content of ['a', 'b', 'c']) {
        const pending = nextEvent(events)
        await send(graph, 1, 9, content)
        const { message, cursor } = await pending
        assert.deepEqual([message.content, message.sender.id, message.recipient.id], [content, '1', '9'])
        last = cursor
      }
      const statements = graph.statements.slice(from)
      assert.equal(statements.filter((sql) => /insert into [`"]inbox[`"]/.test(sql)).length, 3)
      assert.equal(
        statements.some((sql) => /left join inbox/.test(sql)),
        database.name !== 'sqlite',
      )
      assert.equal(last, (await graph.run('{ inbox { cursor } }', {}, 9))['inbox'].cursor)
    })

    test('leaving ends a silent stream at once', async () => {
      await using graph = await startLive({ database })
      const events = await graph.receive(9)
      await nextEvent(events)
      const pending = events.next()
      await events.return()
      assert.equal((await pending).done, true)
      assert.equal((await events.next()).done, true)
    })

    test('a stream that nobody reads reads one page, and has the rest when it is read again', async () => {
      await using graph = await startLive({ database })
      const events = await graph.receive(9)
      await nextEvent(events)
      await send(graph, 1, 9, '0')
      await nextEvent(events)
      const from = graph.statements.length
      const contents = Array.from({ length: 100 }, (_, n) => String(n + 1))
      for (const content of contents) await send(graph, 1, 9, content)
      assert.equal(graph.statements.slice(from).filter((sql) => /left join mailbox/.test(sql)).length, 0)
      for (const content of contents) assert.equal((await nextEvent(events))['message'].content, content)
    })

    test('it needs a viewer, and a cursor that is one', async () => {
      await using graph = await startLive({ database })
      await assert.rejects(graph.receive(null), (error) => codeOf(error) === 'UNAUTHENTICATED')
      for (const after of ['', 'x', 'cDEuMS4x_', Buffer.from('k1').toString('base64url')])
        await assert.rejects(graph.receive(9, after), (error) => codeOf(error) === 'BAD_USER_INPUT')
    })

    test('a stream whose service ends is told to go on elsewhere', async () => {
      const graph = await startLive({ database })
      const events = await graph.receive(9)
      await nextEvent(events)
      const pending = nextEvent(events)
      await Promise.all([
        assert.rejects(pending, (error) => codeOf(error) === 'UNAVAILABLE'),
        graph[Symbol.asyncDispose](),
      ])
    })

    // Elsewhere entries are read, and the last one read is looked at again: that is tested below.
    if (database.name === 'sqlite')
      test('a log that was restored is announced by the first message that takes an old number', async () => {
        await using graph = await startLive({ database, more: { pollMs: 60_000 } })
        const { db } = graph.services
        const events = await graph.receive(9)
        await nextEvent(events)
        for (const content of ['1', '2', '3', '4']) {
          await send(graph, 1, 9, content)
          assert.equal((await nextEvent(events))['message'].content, content)
        }
        for (const [lost, reason] of [
          [1, 'CHANGED'],
          [2, 'SHORTENED'],
        ] as const) {
          const pending = nextEvent(events)
          await db.transaction().execute(async (tx) => {
            const { seq } = await tx
              .selectFrom('inbox_head')
              .select('seq')
              .where('user_id', '=', 9)
              .executeTakeFirstOrThrow()
            await tx
              .deleteFrom('inbox')
              .where('user_id', '=', 9)
              .where('seq', '>', seq - lost)
              .execute()
            await tx
              .updateTable('inbox_head')
              .set({ seq: seq - lost })
              .where('user_id', '=', 9)
              .execute()
          })
          await send(graph, 1, 9, 'in place of another')
          const reset = await pending
          assert.deepEqual([reset['__typename'], reset['reason']], ['StreamReset', reason])
          await send(graph, 1, 9, 'after it')
          assert.equal((await nextEvent(events))['message'].content, 'after it')
        }
      })

    test('a log that is not the one of the cursor is announced, and the stream goes on', async () => {
      await using graph = await startLive({ database, more: { pollMs: 20 } })
      const { db } = graph.services
      const other = await graph.run('{ inbox { cursor } }', {}, 8)
      for (const content of ['1', '2', '3']) await send(graph, 1, 9, content)
      const { inbox } = await graph.run('{ inbox { cursor } }', {}, 9)

      const foreign = await graph.receive(9, other['inbox'].cursor)
      assert.deepEqual([(await nextEvent(foreign))['reason']], ['REPLACED'])

      const live = await graph.receive(9, inbox.cursor)
      const pending = nextEvent(live)
      const restoreTo = (seq: number) =>
        db.transaction().execute(async (tx) => {
          await tx.deleteFrom('inbox').where('user_id', '=', 9).where('seq', '>', seq).execute()
          await tx.updateTable('inbox_head').set({ seq }).where('user_id', '=', 9).execute()
        })
      await restoreTo(2)
      const shorter = await pending // noticed without a hint
      assert.deepEqual([shorter['__typename'], shorter['reason']], ['StreamReset', 'SHORTENED'])
      await send(graph, 1, 9, 'another 3')
      assert.equal((await nextEvent(live))['message'].content, 'another 3')

      const grown = await graph.receive(9, inbox.cursor)
      const changed = await nextEvent(grown)
      assert.deepEqual([changed['__typename'], changed['reason']], ['StreamReset', 'CHANGED'])
      await send(graph, 1, 9, '4')
      assert.equal((await nextEvent(grown))['message'].content, '4')

      await db.deleteFrom('inbox').where('user_id', '=', 9).where('seq', '=', 4).execute()
      const holed = await graph.receive(9, changed['cursor'])
      assert.equal((await nextEvent(holed))['reason'], 'CHANGED')

      await db.deleteFrom('inbox_head').where('user_id', '=', 9).execute()
      assert.equal((await nextEvent(holed))['reason'], 'REPLACED')
    })
  })
