import { inKeyOrder } from '../../../kit/batch.ts'
import type { Database } from '../../../kit/database/database.ts'
import type { IdSource } from '../../../kit/ids.ts'
import type { LogHead } from './log.ts'

/** The ends of logs, one row for each user. */
export class LogHeads {
  readonly #db: Database
  readonly #table: string
  readonly #ids: IdSource

  /**
   * @param table has the columns of {@link LogHead}, and the primary key `user_id`
   * @param ids names the logs that are looked at before anything came
   */
  constructor(db: Database, table: string, ids: IdSource) {
    this.#db = db
    this.#table = table
    this.#ids = ids
  }

  /** By one statement; undefined for logs that were never opened. */
  async find(userIds: readonly number[]): Promise<(LogHead | undefined)[]> {
    const rows: (LogHead & { user_id: number })[] = await this.#db
      .selectFrom(this.#table)
      .select(['user_id', 'epoch', 'seq'])
      .where('user_id', 'in', userIds)
      .execute()
    return inKeyOrder<number, LogHead & { user_id: number }, LogHead | undefined>(
      userIds,
      rows,
      (row) => row.user_id,
      ({ epoch, seq }) => ({ epoch, seq }),
      undefined,
    )
  }

  /** The same, but opens the missing ones: a log gets its epoch at the first look, so that there is one to come back with. */
  async open(userIds: readonly number[]): Promise<LogHead[]> {
    const found = await this.find(userIds)
    const missing = [...new Set(userIds.filter((_, n) => !found[n]))].sort((a, b) => a - b)
    if (missing.length === 0) return found as LogHead[] // none is missing
    const rows = missing.map((user_id) => ({ user_id, seq: 0, epoch: this.#ids.next() }))
    await this.#db.insertInto(this.#table).ignore().values(rows).execute()
    return (await this.find(userIds)) as LogHead[] // all are there now
  }
}
