import type { Kysely } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { PageRequest } from '../../kit/connection.ts'
import { readCounters } from '../../kit/database/counter.ts'
import type { CommentRow, CommentTables } from './tables.ts'

/** The lookup of every page of videos; small, so that a cache can stand in its place. */
export interface CountByVideo {
  /** In the order of the ids. */
  countByVideo(videoIds: readonly number[]): Promise<number[]>
  /** The same of one video, where that needs no asking; undefined where it does. */
  readonly atHand?: { countByVideo(videoId: number): number | undefined }
}

/** Every read of comments and their counts. Batches come back in the order of their keys. */
export class CommentStore implements CountByVideo {
  readonly #db: Kysely<CommentTables>

  constructor(db: Kysely<CommentTables>) {
    this.#db = db
  }

  countByVideo(videoIds: readonly number[]): Promise<number[]> {
    return readCounters(this.#db, 'comment_count_of_video', 'video_id', videoIds)
  }

  /** By id alone, without the shard key: on a sharded database this is the one read that goes by a global index. */
  async byIds(ids: readonly number[]): Promise<(CommentRow | null)[]> {
    const rows = await this.#db.selectFrom('comment').selectAll().where('id', 'in', ids).execute()
    return inKeyOrder<number, CommentRow, CommentRow | null>(
      ids,
      rows,
      (row) => row.id,
      (row) => row,
      null,
    )
  }

  /** Comments on a video, newest first. */
  async pageOfVideo(videoId: number, { after, limit }: PageRequest): Promise<CommentRow[]> {
    return this.#db
      .selectFrom('comment')
      .selectAll()
      .where('video_id', '=', videoId)
      .$if(after !== undefined, (query) => query.where('id', '<', after as number)) // checked by the condition
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }
}
