import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../../kit/database/database.ts'
import type { LogEntry, LogPage, LogPlace } from './log.ts'

/** How the entries of a log are read: parts of one `select`. */
export interface PageParts {
  /** The table with the ends of the logs; called `head` in the statement. */
  readonly head: string
  /** The columns of an entry. */
  readonly columns: RawBuilder<unknown>
  /** Left joins that find the entries of `head.user_id` from one number to another. */
  readonly entries: (first: number, last: number) => RawBuilder<unknown>
}

/** Entries of a page: a subscriber that stops reading holds so many. */
export const perPage = 25

type Found<Entry> = { readonly place: number; readonly head_epoch: number; readonly head_seq: number } & {
  readonly [Column in keyof Entry]: Entry[Column] | null
}

/**
 * A page from each place on, by one statement, and so as of one moment. A part of a union for each place: every engine finds
 * its rows by primary keys alone, which none does for a condition that joins the places with `or`. Numbers have no gaps, so
 * a range of them is a limit.
 */
export async function readPages<Entry extends LogEntry>(
  db: Database,
  places: readonly LogPlace[],
  { head, columns, entries }: PageParts,
): Promise<(LogPage<Entry> | undefined)[]> {
  const parts = places.map(
    ({ userId, seq }, place) => sql`
      select ${place} as place, head.epoch as head_epoch, head.seq as head_seq, ${columns}
      from ${sql.table(head)} as head ${entries(seq, seq + perPage - 1)}
      where head.user_id = ${userId}`,
  )
  const { rows } = await sql<Found<Entry>>`${sql.join(parts, sql` union all `)}`.execute(db)
  const byPlace = Map.groupBy(rows, (row) => row.place)
  return places.map((_, place) => {
    const found = byPlace.get(place)
    if (!found?.[0]) return undefined
    const { head_epoch: epoch, head_seq } = found[0]
    return { head: { epoch, seq: head_seq }, entries: found.flatMap(toEntry<Entry>).sort((a, b) => a.seq - b.seq) }
  })
}

/** A left join finds all of an entry or nothing. */
function toEntry<Entry extends LogEntry>({ place: _, head_epoch: _e, head_seq: _s, ...entry }: Found<Entry>): Entry[] {
  return entry['seq'] === null || entry['id'] === null ? [] : [entry as unknown as Entry] // with nothing left out
}
