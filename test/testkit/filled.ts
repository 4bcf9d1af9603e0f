import { type Insertable, sql } from 'kysely'
import { chunks } from '../../kit/batch.ts'
import { type Database, hasRowLocks } from '../../kit/database/database.ts'

/** Rows in each table that {@link fill} fills, enough that an engine minds how it finds some of them. */
export const many = 3_000
/** Users with a lot of everything: the first of them. */
export const busy = 50

type Row = Insertable<Record<string, number | string>>

const media = { file_key: 'video/x.mp4', cover_key: 'cover/x.jpg' }
const size = { duration_ms: 1, width: 1, height: 1, bytes: 1 }
const user = (n: number) => 1 + (n % busy)
const other = (n: number) => 1 + (Math.floor(n / busy) % many)

const tables: Readonly<Record<string, (n: number) => Row>> = {
  user: (n) => ({
    ...{ id: n, name: `user ${n}`, password_hash: 'hash', session_version: 1 },
    ...{ avatar: '', background: '', signature: '' },
  }),
  user_name: (n) => ({ name: `user ${n}`, user_id: n }),
  video: (n) => ({ id: n, author_id: user(n), title: 'a title', ...media, ...size }),
  upload: (n) => ({ user_id: user(n), upload_id: `u${n}`, video_id: n }),
  work_count: (n) => ({ user_id: n, count: 1 }),
  video_deletion: (n) => ({ video_id: n, author_id: 1, ...media, attempts: 0, retry_at: 4e12 }),
  favorite: (n) => ({ user_id: user(n), video_id: other(n), author_id: 1, id: n }),
  favorite_count_of_video: (n) => ({ video_id: n, slot: 0, count: 1 }),
  favorite_count_of_author: (n) => ({ author_id: n, slot: 0, count: 1 }),
  favorite_count_of_user: (n) => ({ user_id: n, count: 1 }),
  favorite_deleted_video: (n) => ({ video_id: n + many }),
  comment: (n) => ({ video_id: user(n), id: n, author_id: other(n), text: 'a text' }),
  comment_count_of_video: (n) => ({ video_id: n, slot: 0, count: 1 }),
  comment_request: (n) => ({ owner_id: user(n), client_id: `c${n}`, id: n, video_id: 1 }),
  comment_deletion: (n) => ({ video_id: user(n), id: n + many, author_id: 1 }),
  comment_deleted_video: (n) => ({ video_id: n + many }),
  following: (n) => ({ user_id: user(n), target_id: other(n), id: n }),
  follower: (n) => ({ user_id: user(n), follower_id: other(n), id: n }),
  follow_count: (n) => ({ user_id: n, count: 1 }),
  follower_count: (n) => ({ user_id: n, slot: 0, count: 1 }),
  mailbox: (n) => ({ user_id: user(n), peer_id: other(n), sent_at: n, id: n, from_me: 0, content: 'a text' }),
  conversation: (n) => ({ user_id: user(n), peer_id: other(n), last_sent_at: n }),
  inbox: (n) => ({ user_id: user(n), seq: Math.ceil(n / busy), peer_id: other(n), sent_at: n }),
  inbox_head: (n) => ({ user_id: n, seq: 1, epoch: 1 }),
  message_request: (n) => ({ owner_id: user(n), client_id: `c${n}`, id: n, peer_id: 1 }),
}

/** Rows in every table of every domain, for looking at how statements find some of them. */
export async function fill(db: Database): Promise<void> {
  for (const [table, row] of Object.entries(tables)) {
    const rows = Array.from({ length: many }, (_, n) => row(n + 1))
    for (const some of chunks(rows, 1_000)) await db.insertInto(table).values(some).execute()
    if (hasRowLocks(db)) await sql`analyze table ${sql.table(table)}`.execute(db)
  }
}
