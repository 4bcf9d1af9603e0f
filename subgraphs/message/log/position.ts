import { errors } from '../../../kit/errors.ts'
import type { LogEntry, LogPage } from './log.ts'

/** How far a reader has come in a log. */
export interface Position {
  readonly epoch: number
  /** The last number that was read. */
  readonly seq: number
  /** What stood there; 0 when nothing did. */
  readonly id: number
}

export type ResetReason = 'REPLACED' | 'SHORTENED' | 'CHANGED'

/** Opaque to clients. */
export const encodePosition = ({ epoch, seq, id }: Position) =>
  Buffer.from(`p${[epoch, seq, id].map((number) => number.toString(36)).join('.')}`).toString('base64url')

/** @throws BAD_USER_INPUT for anything that {@link encodePosition} did not make */
export function decodePosition(cursor: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [epoch = 0, seq = 0, id = 0] = /^p[0-9a-z]{1,11}(\.[0-9a-z]{1,11}){2}$/.test(text)
    ? text
        .slice(1)
        .split('.')
        .map((part) => Number.parseInt(part, 36))
    : []
  const position = { epoch, seq, id }
  if (!Number.isSafeInteger(Math.max(epoch, seq, id)) || encodePosition(position) !== cursor)
    throw errors.invalid('after', 'not a cursor of a stream')
  return position
}

/** What follows a position in a log, or why the log is not the one that the position was in. */
export function following<Entry extends LogEntry>(
  position: Position,
  page: LogPage<Entry> | undefined,
): readonly Entry[] | ResetReason {
  if (page?.head.epoch !== position.epoch) return 'REPLACED'
  if (page.head.seq < position.seq) return 'SHORTENED'
  const there = page.entries[0]?.seq === position.seq ? page.entries[0] : undefined
  if ((there?.id ?? 0) !== position.id) return 'CHANGED'
  const after = there ? page.entries.slice(1) : page.entries
  const hole = after.findIndex(({ seq }, n) => seq !== position.seq + n + 1)
  const whole = hole < 0 ? after : after.slice(0, hole)
  return whole.length === 0 && page.head.seq > position.seq ? 'CHANGED' : whole
}
