import type { ByteRange } from '../kit/storage/storage.ts'

/**
 * Reads a `Range` header for an object of `size` bytes.
 *
 * @returns the part to send; `all` for what may be ignored (no header, several ranges, another unit, rubbish);
 *   `unsatisfiable` when the part lies outside of the object
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'all' | 'unsatisfiable' {
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'all'
  if (first === '') {
    const suffix = Math.min(Number(last), size)
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last)
  if (end < start) return 'all'
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size - 1) }
}
