/** Where a log ends. */
export interface LogHead {
  /** Made with the log: another one means that numbers seen before have lost their meaning. */
  readonly epoch: number
  /** The last number in it, 0 when it is empty. */
  readonly seq: number
}

/** What stands in a log. */
export interface LogEntry {
  /** Its number: the first is 1, none is missing, and none is visible before the one below it. */
  readonly seq: number
  /** Unlike that of anything else that ever takes its number, also after the log was restored from an older state. */
  readonly id: number
}

/** Some number in the log of a user. */
export interface LogPlace {
  readonly userId: number
  readonly seq: number
}

/** A stretch of a log, and where the log ended at the same moment. */
export interface LogPage<Entry> {
  readonly head: LogHead
  /** By number, the one that was asked for included. */
  readonly entries: readonly Entry[]
}

/** A durable log for each user. */
export interface Log<Entry extends LogEntry> {
  /** Where the bus tells that the log of a user may have grown, with `{ seq }`. */
  channel(userId: number): string
  /** By one statement; undefined for logs that were never opened. At most 500 users. */
  heads(userIds: readonly number[]): Promise<(LogHead | undefined)[]>
  /** The same, but opens the missing ones. */
  openHeads(userIds: readonly number[]): Promise<LogHead[]>
  /** From each place on, by one statement; undefined where there is no log. At most 50 places. */
  pages(places: readonly LogPlace[]): Promise<(LogPage<Entry> | undefined)[]>
}
