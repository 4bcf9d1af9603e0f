import type { Kysely } from 'kysely'
import { isMissingTable } from '../../kit/database/missing-table.ts'
import { errors } from '../../kit/errors.ts'
import { firstIdAt, timeOf } from '../../kit/ids.ts'
import type { FeedRange } from './page.ts'
import type { FeedTables } from './tables.ts'

/** Every read of the feed: ids alone, along the primary key. */
export class FeedStore {
  readonly #db: Kysely<FeedTables>

  constructor(db: Kysely<FeedTables>) {
    this.#db = db
  }

  /** The newest ids of a range. @throws UNAVAILABLE until the publish service has made its table */
  newest(range: FeedRange, limit: number): Promise<number[]> {
    return idsOf(this.#inRange(range).limit(limit))
  }

  /** What follows `last` within its millisecond, and the one after that. */
  restOfMillisecond(range: FeedRange, last: number): Promise<number[]> {
    const first = firstIdAt(timeOf(last))
    return idsOf(
      this.#inRange({ ...range, below: last }).where((eb) =>
        eb(
          'id',
          '>=',
          eb.fn.coalesce(
            eb
              .selectFrom('video as older')
              .select(({ fn }) => fn.max('older.id').as('id'))
              .where('older.id', '<', first),
            eb.val(first),
          ),
        ),
      ),
    )
  }

  #inRange({ below, above }: FeedRange) {
    return this.#db
      .selectFrom('video')
      .select('id')
      .$if(below !== undefined, (query) => query.where('id', '<', below as number)) // checked by the condition
      .$if(above !== undefined, (query) => query.where('id', '>', above as number)) // checked by the condition
      .orderBy('id', 'desc')
  }
}

async function idsOf(query: { execute(): Promise<{ id: number }[]> }): Promise<number[]> {
  try {
    return (await query.execute()).map(({ id }) => id)
  } catch (error) {
    if (isMissingTable(error)) throw errors.unavailable('feed', error)
    throw error
  }
}
