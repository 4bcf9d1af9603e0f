import { errors } from '../errors.ts'
import { abortable } from './abortable.ts'
import type { WriteOptions } from './storage.ts'

/** A body on its way into storage, which ends with an error when it is aborted or too large. */
export interface Limited {
  readonly chunks: AsyncIterable<Uint8Array>
  /** So far. */
  readonly bytes: number
  /** Why the body ended before its time, whatever its reader makes of that. */
  readonly fault: unknown
}

export function limited(body: AsyncIterable<Uint8Array>, { maxBytes, signal }: WriteOptions): Limited {
  const source = abortable(body, signal)
  const state = { chunks: read(), bytes: 0, fault: undefined as unknown }
  return state

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await next(); chunk; chunk = await next()) yield chunk
    } finally {
      await source.return()
    }
  }

  async function next(): Promise<Uint8Array | undefined> {
    try {
      const { value } = await source.next()
      state.bytes += value?.byteLength ?? 0
      if (state.bytes > maxBytes) throw errors.tooLarge('file', maxBytes)
      if (!value) signal?.throwIfAborted()
      return value ?? undefined
    } catch (error) {
      state.fault = error
      throw error
    }
  }
}
