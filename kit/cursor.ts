import { errors } from './errors.ts'

/** Opaque on purpose: clients must not build cursors, so that the order of a list can change its key. */
export const encodeCursor = (key: number) => Buffer.from(`k${key.toString(36)}`).toString('base64url')

/** @throws BAD_USER_INPUT for anything that {@link encodeCursor} did not make */
export function decodeCursor(cursor: string, field = 'after'): number {
  const text = Buffer.from(cursor, 'base64url').toString()
  const key = /^k[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text.slice(1), 36) : Number.NaN
  if (!Number.isSafeInteger(key) || encodeCursor(key) !== cursor)
    throw errors.invalid(field, 'not a cursor of this list')
  return key
}
