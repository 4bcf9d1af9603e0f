import type { LogHead, LogPage, LogPlace } from './log.ts'
import type { Position } from './position.ts'

/** How readers get at their logs; shared by all of a process, so that reads of the same moment go together. */
export interface LogAccess<Entry> {
  head(userId: number): Promise<LogHead>
  page(place: LogPlace): Promise<LogPage<Entry> | undefined>
  /** The database is away: the reader waits to be woken. */
  troubled(): void
}

/** Where a log ends, and the number that it may have reached by the time that was known. */
export async function endOf(
  access: LogAccess<{ readonly seq: number; readonly id: number }>,
  userId: number,
): Promise<{ readonly position: Position; readonly reaches: number }> {
  const { epoch, seq } = await access.head(userId)
  const page = seq === 0 ? undefined : await access.page({ userId, seq })
  const there = page?.entries[0]
  return { position: { epoch, seq, id: there?.seq === seq ? there.id : 0 }, reaches: page?.head.seq ?? seq }
}
