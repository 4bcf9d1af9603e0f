import type { ObjectStorage } from '../../kit/storage/storage.ts'
import { claimKept, incoming, parseClaim } from './claim.ts'
import type { Claims } from './claims.ts'
import type { PublishStore } from './store.ts'
import { ownerOfUpload } from './upload-id.ts'

interface Parts {
  readonly storage: ObjectStorage
  readonly claims: Claims
  readonly store: PublishStore
  readonly clock: () => number
  /** How long a ticket is valid: what was sent longer ago can't be replaced any more. In milliseconds. */
  readonly ticketLife: number
}

/**
 * Removes what was sent and never published, and what attempts left behind when their process died. An attempt that is
 * older than `claimLife` never publishes, and only after twice that time are its files removed, so the two don't meet.
 */
export async function sweep({ storage, claims, store, clock, ticketLife }: Parts, signal: AbortSignal): Promise<void> {
  for await (const { key, modifiedAt } of storage.list(incoming)) {
    if (signal.aborted) return
    const claim = parseClaim(key)
    if (!claim) {
      if (clock() - modifiedAt.getTime() > ticketLife) await storage.delete(key)
    } else if (clock() - claim.startedAt > claimKept) {
      const video = await store.publishedBy(ownerOfUpload(claim.uploadId), claim.uploadId)
      await claims.settle(claim, video ? [video.file_key, video.cover_key] : [])
    }
  }
}
