import { type FileHandle, open } from 'node:fs/promises'
import { limited } from './limited.ts'
import type { WriteOptions } from './storage.ts'

const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])
const full = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Undefined instead of an error when there is no such file. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (missing.has(codeOf(error))) return undefined
    throw error
  }
}

/** The disk or the process has no room left: nothing is wrong with the request. */
export const isFull = (error: unknown): boolean => full.has(codeOf(error))

/** Makes a new file of `body` and waits until it is durable. @returns its size in bytes */
export async function writeFile(path: string, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<number> {
  await using handle = await open(path, 'wx')
  const source = limited(body, options)
  for await (const chunk of source.chunks) await writeWhole(handle, chunk)
  await handle.sync()
  options.signal?.throwIfAborted()
  return source.bytes
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) done += (await handle.write(chunk, done)).bytesWritten
}

export async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}
