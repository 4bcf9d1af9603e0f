import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { errors } from '../kit/errors.ts'
import type { Source } from './params.ts'

/** Sizes of a multipart form beside its file. */
export const formLimits = { parts: 40, fields: 32, files: 8, fieldSize: 64 * 1024, fieldNameSize: 100, headerPairs: 50 }

/**
 * Reads a multipart form: fields into memory, files to `onFile` as they come, with the fields that came before. Of a
 * repeated field the first counts. Throws what `onFile` throws; the rest of the body is then still to be read.
 *
 * @param stallMs a sender that is silent for this long is cut off; it would hold its file and socket for ever
 */
export async function readForm(
  request: FastifyRequest,
  onFile: (name: string, file: Readable, before: Source) => Promise<void>,
  stallMs = 30_000,
): Promise<Source> {
  const fields: Record<string, unknown> = Object.create(null)
  // A file of any size is let through here: whoever takes it knows the limit, and what to say.
  const parts = request.parts({ limits: { ...formLimits, fileSize: Number.POSITIVE_INFINITY } })
  const stalled = setTimeout(() => request.raw.destroy(), stallMs)
  const alive = () => stalled.refresh()
  request.raw.on('data', alive)
  try {
    for await (const part of parts) {
      if (part.type === 'file') await onFile(part.fieldname, part.file, fields)
      else if (part.valueTruncated) throw errors.tooLarge('body', formLimits.fieldSize)
      else if (!Object.hasOwn(fields, part.fieldname)) fields[part.fieldname] = part.value
    }
  } finally {
    clearTimeout(stalled)
    request.raw.off('data', alive)
  }
  return fields
}

/** Lets a file that nobody wants pass by. */
export async function ignored(file: Readable): Promise<void> {
  for await (const _ of file);
}

/**
 * Lets the rest of a refused body come and throws it away: cut off at once, most clients would never read the answer.
 *
 * @param mostBytes after which the client is cut off all the same
 */
export function drain({ raw }: FastifyRequest, mostBytes: number): void {
  if (raw.complete || raw.destroyed) return
  let left = mostBytes
  raw.unpipe()
  raw.on('error', () => {}) // there is nobody left to tell
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength
    if (left < 0) raw.destroy()
  })
  raw.resume()
}
