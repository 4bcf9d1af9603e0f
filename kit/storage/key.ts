import { errors } from '../errors.ts'

const longestKey = 512
const pattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127})*$/

/**
 * A segment cannot begin with a dot, so no key leads out of its folder, names a hidden file, or meets the temporary
 * files of a disk. Only characters that need no escaping in URLs and S3 are allowed.
 */
export const isKey = (key: string): boolean => key.length <= longestKey && pattern.test(key)

/** @throws BAD_USER_INPUT */
export function checkKey(key: string): string {
  if (!isKey(key)) throw errors.invalid('key', 'not a valid object key')
  return key
}
