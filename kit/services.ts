import type { Database } from './database/database.ts'
import type { IdSource } from './ids.ts'
import type { Logger } from './log.ts'
import type { DataSources } from './owners.ts'

/** What the composition root gives to every subgraph. A subgraph takes what it needs and narrows `db` to its own tables. */
export interface Services {
  readonly db: Database
  readonly ids: IdSource
  /** In which slot of a hot counter this process counts; processes that run at once should differ. */
  readonly slot: number
  readonly clock: () => number
  readonly log: Logger
  /** The way to the other subgraphs; filled once all of them are made. */
  readonly sources: () => DataSources
}
