import type { Kysely, Transaction } from 'kysely'
import { type CacheWriter, uncached } from '../../kit/cache/cache-writer.ts'
import { addToCounters } from '../../kit/database/counter.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { errors } from '../../kit/errors.ts'
import type { IdSource } from '../../kit/ids.ts'
import type { VideoChange } from './cached-store.ts'
import type { PublishTables, VideoRow } from './tables.ts'

/** A video that is ready to be published, its files in their final places. */
export interface NewVideo extends Omit<VideoRow, 'id'> {
  readonly upload_id: string
}

/** Every change of videos and of the count of works, which moves in the same transaction. */
export class PublishWrites {
  readonly #db: Kysely<PublishTables>
  readonly #ids: IdSource
  readonly #videos: CacheWriter<VideoChange>

  /** @param videos hears of every video that comes or goes */
  constructor(db: Kysely<PublishTables>, ids: IdSource, videos: CacheWriter<VideoChange> = uncached) {
    this.#db = db
    this.#ids = ids
    this.#videos = videos
  }

  /**
   * Publishes the video, unless its upload was published before. Of several callers, in whatever process, one succeeds
   * and the others get that one's video.
   * @returns the video of the upload; null when it has been deleted since
   */
  async publish({ upload_id, ...fields }: NewVideo): Promise<VideoRow | null> {
    const { author_id } = fields
    const taken: VideoChange[] = []
    const write = async (tx: Transaction<PublishTables>) => {
      // Taken here, so that the order of ids is the order of publishing and not that of waiting.
      const video = { id: this.#ids.next(), ...fields }
      taken.push({ id: video.id, author_id })
      const upload = { user_id: author_id, upload_id }
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('upload')
        .ignore()
        .values({ ...upload, video_id: video.id })
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 0n) {
        const { video_id } = await tx
          .selectFrom('upload')
          .select('video_id')
          .where('user_id', '=', upload.user_id)
          .where('upload_id', '=', upload.upload_id)
          .executeTakeFirstOrThrow()
        return (await tx.selectFrom('video').selectAll().where('id', '=', video_id).executeTakeFirst()) ?? null
      }
      await tx.insertInto('video').values(video).execute()
      await addToCounters(tx, 'work_count', [{ key: { user_id: author_id }, by: 1 }])
      return video
    }
    try {
      return await this.#videos.writing([{ author_id }], () => inTransaction(this.#db, write))
    } finally {
      // Somebody who guessed the id may have asked for it, and found nothing.
      await this.#videos.invalidate(taken)
    }
  }

  /**
   * Deletes a video of the user and leaves a note of what has to follow. That it is deleted already is a success.
   * @param retryAt when others may take over what has to follow, in milliseconds since 1970
   * @throws FORBIDDEN when it is someone else's, NOT_FOUND when the user never had such a video
   */
  delete(videoId: number, userId: number, retryAt: number): Promise<void> {
    const write = async (tx: Transaction<PublishTables>) => {
      const video = await tx
        .selectFrom('video')
        .select(['author_id', 'file_key', 'cover_key'])
        .where('id', '=', videoId)
        .$if(hasRowLocks(tx), (query) => query.forUpdate())
        .executeTakeFirst()
      if (!video) {
        const published = await tx
          .selectFrom('upload')
          .select('video_id')
          .where('user_id', '=', userId)
          .where('video_id', '=', videoId)
          .executeTakeFirst()
        if (!published) throw errors.notFound('Video', videoId)
        return
      }
      if (video.author_id !== userId) throw errors.forbidden('only its author can delete a video', 'Video')
      await tx.deleteFrom('video').where('id', '=', videoId).execute()
      await tx
        .insertInto('video_deletion')
        .values({ video_id: videoId, ...video, attempts: 0, retry_at: retryAt })
        .execute()
      await addToCounters(tx, 'work_count', [{ key: { user_id: userId }, by: -1 }])
    }
    return this.#videos.writing([{ id: videoId, author_id: userId }], () => inTransaction(this.#db, write))
  }
}
