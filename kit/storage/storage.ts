import type { Readable } from 'node:stream'

export interface StoredObject {
  readonly bytes: number
  readonly modifiedAt: Date
}

/** First and last byte, both included, counted from 0. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface WriteOptions {
  /** The largest object that is accepted, in bytes; one byte more fails with PAYLOAD_TOO_LARGE. */
  readonly maxBytes: number
  /** Aborting makes `write` reject with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Objects under keys such as `video/42.mp4`. Keys are checked by {@link checkKey}; a key is never also the folder of
 * another key (`a` beside `a/b`), because a disk cannot hold that. A missing object is NOT_FOUND with subject `object`.
 */
export interface ObjectStorage extends AsyncDisposable {
  /**
   * Streams `body` into `key`, replacing what was there. Readers see the former object, or nothing, until the new one
   * is whole and durable. When the body fails, is too large or is aborted, nothing of it is left. Memory does not grow
   * with the size of the body.
   */
  write(key: string, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<{ bytes: number }>

  /** @returns the stream of the wanted part and the size of the whole object in bytes; destroy the stream to leave early */
  read(key: string, range?: ByteRange): Promise<{ stream: Readable; size: number }>

  /** @returns undefined when there is no such object */
  stat(key: string): Promise<StoredObject | undefined>

  /** Replaces `to`. Repeating a move that has succeeded is a success; NOT_FOUND when neither key exists. */
  move(from: string, to: string): Promise<void>

  /** Deleting what is not there is a success. */
  delete(key: string): Promise<void>

  /** Every object whose key begins with `prefix`, in no particular order, without holding them all in memory. */
  list(prefix: string): AsyncIterable<StoredObject & { readonly key: string }>

  /** Lends the object as a local file, for a child process. The path is only valid, and only for reading, during `use`. */
  withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T>
}
