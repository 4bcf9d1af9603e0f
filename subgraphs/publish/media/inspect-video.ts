import { errors } from '../../../kit/errors.ts'
import type { ObjectStorage } from '../../../kit/storage/storage.ts'
import { type ProcessLimits, runProcess } from './run-process.ts'
import { Slots } from './slots.ts'
import type { VideoFacts } from './verdict.ts'

export type { VideoFacts } from './verdict.ts'

export interface InspectOptions extends Partial<ProcessLimits> {
  readonly signal?: AbortSignal
  /** How many files are examined at once and how many may wait; one for all calls by default. */
  readonly slots?: Slots
}

/** A check takes about half a second, so the last of the line waits about ten. */
const processSlots = new Slots('the inspection of videos', 2, 40)
const mostCoverBytes = 8 * 1024 * 1024

/**
 * Checks that the object `sourceKey` is a whole video that can be decoded, and stores a JPEG of its first frame that
 * shows something, at most 720 pixels wide, as `coverKey`. Safe to repeat.
 *
 * @throws UNSUPPORTED_MEDIA (with the reason), TOO_MANY_REQUESTS, TIMEOUT, UNAVAILABLE, NOT_FOUND; then no cover is stored
 */
export async function inspectVideo(
  storage: ObjectStorage,
  sourceKey: string,
  coverKey: string,
  options: InspectOptions = {},
): Promise<VideoFacts> {
  const { signal, slots = processSlots } = options
  const { timeoutMs = 20_000, heapMegabytes = 256, residentMegabytes = 1536 } = options
  const limits = { timeoutMs, heapMegabytes, residentMegabytes }
  const verdict = await slots.run(
    () => storage.withLocalFile(sourceKey, (path) => runProcess(path, limits, signal)),
    signal,
  )
  if ('refused' in verdict) throw errors.unsupportedMedia(`the file ${verdict.refused}`)
  const { cover, ...facts } = verdict
  await storage.write(coverKey, once(Buffer.from(cover, 'base64')), {
    maxBytes: mostCoverBytes,
    ...(signal ? { signal } : {}),
  })
  return facts
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
