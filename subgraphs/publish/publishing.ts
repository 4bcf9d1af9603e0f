import { codeOf, errors } from '../../kit/errors.ts'
import type { ObjectStorage } from '../../kit/storage/storage.ts'
import { type Attempt, coverKey, fileKey } from './attempt.ts'
import type { Attempts } from './attempts.ts'
import type { VideoFacts } from './media/inspect-video.ts'
import type { PublishStore } from './store.ts'
import type { VideoRow } from './tables.ts'
import type { PublishWrites } from './writes.ts'

/**
 * Checks that an object is a whole video, and stores its cover.
 * @throws UNSUPPORTED_MEDIA when it is none; then no cover is stored
 */
export type Inspect = (storage: ObjectStorage, sourceKey: string, coverKey: string) => Promise<VideoFacts>

export interface PublishRequest {
  readonly userId: number
  readonly uploadId: string
  readonly title: string
}

interface Parts {
  readonly storage: ObjectStorage
  readonly inspect: Inspect
  readonly attempts: Attempts
  readonly store: PublishStore
  readonly writes: PublishWrites
}

/** How often an attempt that was overtaken by another looks again; the other one has two steps to do. */
const mostRounds = 4

/** Makes a video of an upload, once, however often and from wherever it is asked for. */
export class Publishing {
  readonly #parts: Parts
  readonly #running = new Map<string, Promise<VideoRow>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Resolves after the commit.
   * @throws NOT_FOUND without a file or when the video was deleted; UNSUPPORTED_MEDIA when the file is not a video, which
   *   is then removed; whatever the inspection throws while it is overloaded, then the same call may succeed later
   */
  publish(request: PublishRequest): Promise<VideoRow> {
    const running = this.#running.get(request.uploadId)
    if (running) return running
    const started = this.#publish(request).finally(() => this.#running.delete(request.uploadId))
    this.#running.set(request.uploadId, started)
    return started
  }

  async #publish(request: PublishRequest): Promise<VideoRow> {
    const { attempts, store } = this.#parts
    for (let round = 1; round <= mostRounds; round++) {
      const published = await store.publishedBy(request.userId, request.uploadId)
      if (published) return published
      if (published === null) throw errors.notFound('Video', request.uploadId)
      const attempt = await attempts.take(request.uploadId)
      const video = attempt && (await this.#finish(request, attempt))
      if (video) return video
      // Nothing there, or overtaken: another attempt may have committed meanwhile.
    }
    throw errors.notFound('upload', request.uploadId)
  }

  /** Undefined when another attempt was faster and has taken the file further. */
  async #finish({ userId, uploadId, title }: PublishRequest, attempt: Attempt): Promise<VideoRow | undefined> {
    const { attempts, writes } = this.#parts
    const facts = await this.#inspect(attempt)
    const done = facts && (await attempts.place(attempt, facts.extension))
    if (!done) return undefined
    const { placed, bytes } = done
    if (!attempts.isAlive(placed)) throw errors.timeout('publishing')
    const video = await writes.publish({
      author_id: userId,
      upload_id: uploadId,
      title,
      file_key: fileKey(placed),
      cover_key: coverKey(placed),
      duration_ms: facts.durationMs,
      width: facts.width,
      height: facts.height,
      bytes,
    })
    await attempts.settle(placed, video ? [video.file_key, video.cover_key] : [])
    if (!video) throw errors.notFound('Video', uploadId)
    return video
  }

  async #inspect(attempt: Attempt): Promise<VideoFacts | undefined> {
    const { storage, inspect, attempts } = this.#parts
    try {
      return await inspect(storage, fileKey(attempt), coverKey(attempt))
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'UNSUPPORTED_MEDIA' && code !== 'NOT_FOUND') throw error
      // A file that was moved under the inspector's hands is no reason to refuse it.
      if (!(await attempts.holdsFile(attempt))) return undefined
      // Only what nobody publishes yet: someone else may be about to commit a file in its final place.
      if (code === 'UNSUPPORTED_MEDIA' && attempt.extension === undefined) await storage.delete(fileKey(attempt))
      throw error
    }
  }
}
