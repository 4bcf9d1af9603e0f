import { errors } from '../kit/errors.ts'
import type { ObjectStorage } from '../kit/storage/storage.ts'
import type { UploadTicket } from '../kit/ticket.ts'

/** Where uploads go. */
export type Uploads = Pick<ObjectStorage, 'write'>

export const incomingPrefix = 'incoming/'
export const incomingKey = (uploadId: string): string => incomingPrefix + uploadId

export interface ReceiveOptions {
  readonly signal?: AbortSignal
  /** A sender that is silent for this long is given up; it would hold its file and socket for ever. */
  readonly stallMs?: number
}

/**
 * Streams an upload into object storage as `incoming/<uploadId>`, at constant memory. Sending again under the same
 * ticket replaces what was sent before; when it fails, the former stays and nothing new is left. `body` is not
 * destroyed, unless ending its iteration does so.
 *
 * @throws PAYLOAD_TOO_LARGE; BAD_USER_INPUT when the body is empty or ends before its time; TIMEOUT when it stalls
 */
export async function receiveUpload(
  storage: Uploads,
  { uploadId, maxBytes }: UploadTicket,
  body: AsyncIterable<Uint8Array>,
  { signal, stallMs = 30_000 }: ReceiveOptions = {},
): Promise<{ uploadId: string; bytes: number }> {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(errors.timeout('the sender of the file')), stallMs)
  const stop = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal
  try {
    const { bytes } = await storage.write(incomingKey(uploadId), checked(body, timer), { maxBytes, signal: stop })
    return { uploadId, bytes }
  } finally {
    clearTimeout(timer)
  }
}

async function* checked(body: AsyncIterable<Uint8Array>, timer: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  let empty = true
  try {
    for await (const chunk of body) {
      timer.refresh()
      empty &&= chunk.byteLength === 0
      yield chunk
    }
  } catch (error) {
    // Caught here, where only the sender can be meant: a storage far away has connections to lose as well.
    if (isCutShort(error)) throw errors.invalid('file', 'the upload ended before all of it had come')
    throw error
  }
  if (empty) throw errors.invalid('file', 'is empty')
}

const cutShort = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'])

const isCutShort = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && cutShort.has(error.code)
