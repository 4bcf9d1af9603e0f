import type { Kysely } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { PageRequest } from '../../kit/connection.ts'
import { readCounters } from '../../kit/database/counter.ts'
import type { PublishTables, VideoRow } from './tables.ts'

/** The lookups that nearly every request makes; few, so that a cache can stand in their place. In the order of the ids. */
export interface PublishLookups {
  /** Null where there is no such video. */
  byIds(ids: readonly number[]): Promise<(VideoRow | null)[]>
  workCountByUser(userIds: readonly number[]): Promise<number[]>
  /** The same of one key, where that needs no asking; undefined where it does. */
  readonly atHand?: {
    byId(id: number): VideoRow | null | undefined
    workCountByUser(userId: number): number | undefined
  }
}

/** Every read of videos. Batches come back in the order of their keys. */
export class PublishStore implements PublishLookups {
  readonly #db: Kysely<PublishTables>

  constructor(db: Kysely<PublishTables>) {
    this.#db = db
  }

  async byIds(ids: readonly number[]): Promise<(VideoRow | null)[]> {
    const rows = await this.#db.selectFrom('video').selectAll().where('id', 'in', ids).execute()
    return inKeyOrder<number, VideoRow, VideoRow | null>(
      ids,
      rows,
      (row) => row.id,
      (row) => row,
      null,
    )
  }

  workCountByUser(userIds: readonly number[]): Promise<number[]> {
    return readCounters(this.#db, 'work_count', 'user_id', userIds)
  }

  /** Videos of an author, newest first. */
  async pageOfAuthor(authorId: number, { after, limit }: PageRequest): Promise<VideoRow[]> {
    return this.#db
      .selectFrom('video')
      .selectAll()
      .where('author_id', '=', authorId)
      .$if(after !== undefined, (query) => query.where('id', '<', after as number)) // checked by the condition
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }

  /** What an upload became: its video, null when that was deleted, undefined when it was never published. */
  async publishedBy(userId: number, uploadId: string): Promise<VideoRow | null | undefined> {
    const upload = await this.#db
      .selectFrom('upload')
      .select('video_id')
      .where('user_id', '=', userId)
      .where('upload_id', '=', uploadId)
      .executeTakeFirst()
    return upload && ((await this.byIds([upload.video_id]))[0] ?? null)
  }
}
