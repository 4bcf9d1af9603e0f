import type { GraphQLFormattedError } from 'graphql'

/** Where the results of one operation go: a transport's part. */
export interface Sink {
  /** What the client has it on, with whatever else it has there. */
  readonly connection: object
  /** False while what was sent before still waits to leave the process; who saw that is told when it has left. */
  readonly ready: boolean
  /** @param payload one result as JSON; shared, so it must not be changed */
  next(payload: Buffer): void
  /** Ends the operation; nothing follows. @param faults masked */
  fail(faults: readonly GraphQLFormattedError[]): void
  /** Ends the operation; nothing follows. */
  complete(): void
}

/** A running operation, as its transport sees it. */
export interface Running {
  /** The sink is ready again. */
  resume(): void
  /** The client wants no more of it, or is gone. */
  leave(): void
}
