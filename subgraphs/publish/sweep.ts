import type { ObjectStorage } from '../../kit/storage/storage.ts'
import { attemptKept, incoming, parseAttempt } from './attempt.ts'
import type { Attempts } from './attempts.ts'
import type { PublishStore } from './store.ts'
import { ownerOfUpload } from './upload-id.ts'

interface Parts {
  readonly storage: ObjectStorage
  readonly attempts: Attempts
  readonly store: PublishStore
  readonly clock: () => number
  /** How long a ticket is valid: what was sent longer ago can't be replaced any more. In milliseconds. */
  readonly ticketLife: number
}

/**
 * Removes what was sent and never published, and what attempts left behind when their process died. An attempt that is
 * older than `attemptLife` never publishes, and only after twice that time are its files removed, so the two don't meet.
 */
export async function sweep(
  { storage, attempts, store, clock, ticketLife }: Parts,
  signal: AbortSignal,
): Promise<void> {
  for await (const { key, modifiedAt } of storage.list(incoming)) {
    if (signal.aborted) return
    const attempt = parseAttempt(key)
    if (!attempt) {
      if (clock() - modifiedAt.getTime() > ticketLife) await storage.delete(key)
    } else if (clock() - attempt.startedAt > attemptKept) {
      const video = await store.publishedBy(ownerOfUpload(attempt.uploadId), attempt.uploadId)
      await attempts.settle(attempt, video ? [video.file_key, video.cover_key] : [])
    }
  }
}
