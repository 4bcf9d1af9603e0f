import { type Kysely, sql } from 'kysely'
import type { PageRequest } from '../../kit/connection.ts'
import type { IdSource } from '../../kit/ids.ts'
import { LogHeads } from './log/heads.ts'
import type { Log, LogHead, LogPage, LogPlace } from './log/log.ts'
import { readPages } from './log/pages.ts'
import type { NotificationRow, NotificationTables } from './tables.ts'

/** Where the bus tells that the notifications of a user have grown. */
export const notificationChannel = (userId: number) => `notifications:${userId}`

/** The log of what happened around a user. */
export class NotificationLog implements Log<NotificationRow> {
  readonly #db: Kysely<NotificationTables>
  readonly #heads: LogHeads

  /** @param ids names the logs that are looked at before anything happened */
  constructor(db: Kysely<NotificationTables>, ids: IdSource) {
    this.#db = db
    this.#heads = new LogHeads(db, 'notification_head', ids)
  }

  channel(userId: number): string {
    return notificationChannel(userId)
  }

  heads(userIds: readonly number[]): Promise<(LogHead | undefined)[]> {
    return this.#heads.find(userIds)
  }

  openHeads(userIds: readonly number[]): Promise<LogHead[]> {
    return this.#heads.open(userIds)
  }

  pages(places: readonly LogPlace[]): Promise<(LogPage<NotificationRow> | undefined)[]> {
    return readPages<NotificationRow>(this.#db, places, {
      head: 'notification_head',
      columns: sql`entry.user_id, entry.seq, entry.id, entry.kind, entry.actor_id, entry.video_id, entry.subject_id`,
      entries: (first, last) => sql`
        left join notification as entry on entry.user_id = head.user_id and entry.seq between ${first} and ${last}`,
    })
  }

  /** The notifications of a user, newest first. */
  newest(userId: number, { after, limit }: PageRequest): Promise<NotificationRow[]> {
    return this.#db
      .selectFrom('notification')
      .selectAll()
      .where('user_id', '=', userId)
      .$if(after !== undefined, (query) => query.where('seq', '<', after as number)) // checked by the condition
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute()
  }
}
