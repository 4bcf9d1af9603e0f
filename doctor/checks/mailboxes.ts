import { keyTable } from '../../kit/database/key-table.ts'
import type { MessageRow } from '../../subgraphs/message/tables.ts'
import type { Check, World } from '../check.ts'
import { chunksOf } from '../keyset.ts'
import { rowsOf } from '../lookup.ts'

const key = ['user_id', 'peer_id', 'sent_at'] as const
type Key = Pick<MessageRow, (typeof key)[number]>

/** Every message is in both mailboxes, the same but for who sent it. */
export const mailboxMirror: Check = {
  name: 'messages are the same in both mailboxes',
  async run(world, report) {
    for await (const rows of chunksOf(world.db, 'mailbox', key)) {
      report.looked(rows.length)
      const messages = rows as unknown as MessageRow[] // whole rows of the table
      const mirrors = await rowsOf<MessageRow>(world.db, 'mailbox', messages.map(mirrorOf))
      const suspects = messages.filter((message, n) => !isMirror(message, mirrors[n]))
      for (const row of await unmirrored(world, suspects)) {
        const text = `the message ${row.id} in the mailbox of ${row.user_id}`
        if (row.mirror_id === null)
          await report.finding(`${text} is not in that of ${row.peer_id}`, () => repair(world, row))
        else await report.finding(`${text} is another one in that of ${row.peer_id}`)
      }
    }
  },
}

const mirrorOf = ({ user_id, peer_id, sent_at }: Key) => ({ user_id: peer_id, peer_id: user_id, sent_at })

type Content = Pick<MessageRow, 'id' | 'from_me' | 'content'>

const isMirror = (row: Content, mirror: Content | undefined) =>
  mirror?.id === row.id && mirror.from_me === 1 - row.from_me && mirror.content === row.content

type Unmirrored = MessageRow & { readonly mirror_id: number | null }

async function unmirrored({ db }: World, rows: readonly Key[]): Promise<Unmirrored[]> {
  if (rows.length === 0) return []
  const found = await db
    .selectFrom(keyTable(rows.map(({ user_id, peer_id, sent_at }) => ({ user_id, peer_id, sent_at }))).as('wanted'))
    .innerJoin('mailbox', (join) =>
      join
        .onRef('mailbox.user_id', '=', 'wanted.user_id')
        .onRef('mailbox.peer_id', '=', 'wanted.peer_id')
        .onRef('mailbox.sent_at', '=', 'wanted.sent_at'),
    )
    .leftJoin('mailbox as mirror', (join) =>
      join
        .onRef('mirror.user_id', '=', 'mailbox.peer_id')
        .onRef('mirror.peer_id', '=', 'mailbox.user_id')
        .onRef('mirror.sent_at', '=', 'mailbox.sent_at'),
    )
    .selectAll('mailbox')
    .select(['mirror.id as mirror_id', 'mirror.from_me as mirror_from_me', 'mirror.content as mirror_content'])
    .execute()
  return (found as (Unmirrored & { mirror_from_me: 0 | 1; mirror_content: string })[]).filter(
    (row) => !isMirror(row, { id: row.mirror_id ?? 0, from_me: row.mirror_from_me, content: row.mirror_content }),
  ) // the columns that were selected
}

async function repair({ db }: World, { user_id, peer_id, sent_at, id, from_me, content }: MessageRow): Promise<void> {
  const copy = { user_id: peer_id, peer_id: user_id, sent_at, id, from_me: 1 - from_me, content }
  await db.insertInto('mailbox').ignore().values(copy).execute()
}
