import { createHmac, timingSafeEqual } from 'node:crypto'
import { errors } from './errors.ts'

/** Permission to send one upload, given by one process and checked by another without asking anybody. */
export interface UploadTicket {
  readonly uploadId: string
  /** Who the upload belongs to. */
  readonly ownerId: string
  readonly maxBytes: number
  /** Milliseconds since 1970; from this moment on the ticket is refused. */
  readonly expiresAt: number
}

/** Keeps a signature made for something else under the same key from being taken for a ticket. */
const purpose = 'upload-ticket.v1\0'
const idPattern = /^[A-Za-z0-9_-]{1,64}$/
const textPattern = /^[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,64}\.[0-9a-z]{1,11}\.[0-9a-z]{1,11}\.[A-Za-z0-9_-]{43}$/
const base = 36

/**
 * `uploadId.ownerId.maxBytes.expiresAt.signature`, safe in a URL path, about 80 characters.
 *
 * @param key at least 32 random bytes
 */
export function signTicket(ticket: UploadTicket, key: Uint8Array): string {
  const { uploadId, ownerId, maxBytes, expiresAt } = ticket
  if (!idPattern.test(uploadId)) throw errors.invalid('uploadId', 'letters, digits, - and _ only')
  if (!idPattern.test(ownerId)) throw errors.invalid('ownerId', 'letters, digits, - and _ only')
  for (const [name, value] of Object.entries({ maxBytes, expiresAt }))
    if (!Number.isSafeInteger(value) || value < 0) throw errors.invalid(name, 'not a whole number')
  const fields = [uploadId, ownerId, maxBytes.toString(base), expiresAt.toString(base)].join('.')
  return `${fields}.${signature(fields, key).toString('base64url')}`
}

/** @throws FORBIDDEN when the text is not a ticket, is signed by another key, was changed, or has expired */
export function verifyTicket(text: string, key: Uint8Array, now: number): UploadTicket {
  const [uploadId = '', ownerId = '', maxBytes = '', expiresAt = '', sent = ''] = textPattern.test(text)
    ? text.split('.')
    : []
  const expected = signature(text.slice(0, text.lastIndexOf('.')), key)
  const given = Buffer.alloc(expected.length)
  given.write(sent, 'base64url')
  // The text is compared as well: several texts decode to the same 32 bytes, and only one was given out.
  if (!timingSafeEqual(given, expected) || sent !== expected.toString('base64url'))
    throw errors.forbidden('the upload ticket is not valid', 'ticket')
  if (now >= Number.parseInt(expiresAt, base)) throw errors.forbidden('the upload ticket has expired', 'ticket')
  return {
    uploadId,
    ownerId,
    maxBytes: Number.parseInt(maxBytes, base),
    expiresAt: Number.parseInt(expiresAt, base),
  }
}

const signature = (fields: string, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update(purpose).update(fields).digest()
