import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { type Edge, keyOf, type Ledger, type Sent } from './ledger.ts'

/** What the database holds against what was acknowledged. Each list should be empty. */
export interface Differences {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
}

/** @param texts what nobody but the run wrote */
export async function compare(url: string, ledger: Ledger): Promise<Differences> {
  const connection = await createConnection(url)
  try {
    const rows = <Row>(sql: string) => rowsOf<Row>(connection, sql)
    const likes = await rows<Edge>('select user_id as `from`, video_id as `to` from favorite')
    const follows = await rows<Edge>('select user_id as `from`, target_id as `to` from following')
    const followers = await rows<Edge>('select follower_id as `from`, user_id as `to` from follower')
    const comments = await rows<Sent>('select author_id as `from`, video_id as `to`, text from comment')
    const got = await rows<Sent>(
      'select peer_id as `from`, user_id as `to`, content as text from mailbox where from_me = 0',
    )
    const sent = await rows<Sent>(
      'select user_id as `from`, peer_id as `to`, content as text from mailbox where from_me = 1',
    )
    const all = [
      sets('like', ledger.likes, likes),
      sets('follow', ledger.follows, follows),
      sets('follower', ledger.follows, followers),
      texts('comment', ledger.comments, comments),
      texts('message received', ledger.messages, got),
      texts('message sent', ledger.messages, sent),
    ]
    return { lost: all.flatMap(({ lost }) => lost), doubled: all.flatMap(({ doubled }) => doubled) }
  } finally {
    await connection.end()
  }
}

/** The contents of a user's inbox, in the order of its log. */
export async function inboxOf(url: string, userId: number): Promise<string[]> {
  const connection = await createConnection(url)
  try {
    const sql = `select mailbox.content as text from inbox join mailbox on mailbox.user_id = inbox.user_id
      and mailbox.peer_id = inbox.peer_id and mailbox.sent_at = inbox.sent_at
      where inbox.user_id = ${userId} order by inbox.seq`
    return (await rowsOf<{ text: string }>(connection, sql)).map(({ text }) => text)
  } finally {
    await connection.end()
  }
}

async function rowsOf<Row>(connection: Connection, sql: string): Promise<Row[]> {
  const [rows] = await connection.query<(RowDataPacket & Row)[]>(sql)
  return rows
}

function sets(what: string, known: ReadonlyMap<string, boolean>, rows: readonly Edge[]): Differences {
  const found = new Set(rows.map(keyOf))
  const lost = [...known].filter(([key, on]) => on && !found.has(key)).map(([key]) => `${what} ${key}`)
  const doubled = [...found].filter((key) => !known.get(key)).map((key) => `${what} ${key}`)
  return { lost, doubled }
}

function texts(what: string, known: readonly Sent[], rows: readonly Sent[]): Differences {
  const nameOf = (one: Sent) => `${what} ${keyOf(one)} ${one.text}`
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + 1)
  const names = new Set(known.map(nameOf))
  return {
    lost: [...names].filter((name) => !counts.has(name)),
    doubled: [...counts].filter(([name, count]) => count > 1 || !names.has(name)).map(([name]) => name),
  }
}
