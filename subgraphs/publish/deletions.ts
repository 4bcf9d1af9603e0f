import type { Kysely } from 'kysely'
import type { Logger } from '../../kit/log.ts'
import { mutateAtOwner } from '../../kit/owner-mutation.ts'
import type { DataSources } from '../../kit/owners.ts'
import type { ObjectStorage } from '../../kit/storage/storage.ts'
import type { PublishTables, VideoDeletionRow } from './tables.ts'

interface Parts {
  readonly db: Kysely<PublishTables>
  readonly storage: ObjectStorage
  readonly sources: () => DataSources
  readonly clock: () => number
  readonly log: Logger
}

/** How long an attempt may take before another process tries as well, in milliseconds. Both at once would do no harm. */
export const attemptTime = 30_000
const longestWait = 5 * 60_000
const atOnce = 20

/**
 * What has to follow when a video was deleted: its likes, its comments and its files go. Each step may be repeated, and
 * is, until all of them have succeeded.
 */
export class Deletions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Tries once what is left to do for a video. Never rejects: what fails is tried again later. */
  async followUp(videoId: number): Promise<void> {
    const { db, log } = this.#parts
    try {
      const row = await db.selectFrom('video_deletion').selectAll().where('video_id', '=', videoId).executeTakeFirst()
      if (row) await this.#attempt(row)
    } catch (err) {
      log.warn({ err, videoId }, 'what follows a deletion has to wait')
    }
  }

  /** Tries everything that is due, in all processes together once. */
  async followUpDue(signal: AbortSignal): Promise<void> {
    const { db, clock } = this.#parts
    for (;;) {
      const due = await db
        .selectFrom('video_deletion')
        .selectAll()
        .where('retry_at', '<=', clock())
        .orderBy('retry_at')
        .limit(atOnce)
        .execute()
      for (const row of due) {
        if (signal.aborted) return
        const { numUpdatedRows } = await db
          .updateTable('video_deletion')
          .set({ retry_at: clock() + attemptTime })
          .where('video_id', '=', row.video_id)
          .where('retry_at', '=', row.retry_at)
          .executeTakeFirst()
        if (numUpdatedRows > 0n) await this.#attempt(row)
      }
      if (due.length < atOnce) return
    }
  }

  async #attempt(row: VideoDeletionRow): Promise<void> {
    const { db, storage, clock, log } = this.#parts
    const steps = await Promise.allSettled([
      this.#forget('favorite', 'forgetFavoritesOfVideo', row.video_id),
      this.#forget('comment', 'forgetCommentsOfVideo', row.video_id),
      storage.delete(row.file_key),
      storage.delete(row.cover_key),
    ])
    const failed = steps.filter((step) => step.status === 'rejected')
    if (failed.length === 0) {
      await db.deleteFrom('video_deletion').where('video_id', '=', row.video_id).execute()
      return
    }
    const attempts = row.attempts + 1
    for (const { reason } of failed)
      log.warn({ err: reason, videoId: row.video_id, attempts }, 'what follows a deletion has to wait')
    await db
      .updateTable('video_deletion')
      .set({ attempts, retry_at: clock() + Math.min(longestWait, 1_000 * 2 ** attempts) })
      .where('video_id', '=', row.video_id)
      .execute()
  }

  async #forget(owner: string, field: string, videoId: number): Promise<void> {
    const videoIdArgument = { type: 'ID!', value: String(videoId) }
    await mutateAtOwner(this.#parts.sources(), { owner, field, arguments: { videoId: videoIdArgument } })
  }
}
