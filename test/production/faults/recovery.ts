/** A write whose user does not give up. */
export interface Waiting {
  /** The roles without which it can't be done. */
  readonly needs: readonly string[]
  /** When its user asked first; like all times here, of `performance.now()`. */
  readonly since: number
}

/** One death of the database, from its accepting connections to the next acknowledged write. */
export interface Recovery {
  /** Milliseconds from the database's accepting connections. */
  readonly sinceDatabase: number
  /** Milliseconds from when one of the writes that were waited for had also all its roles: the run itself takes them away. */
  readonly sincePossible: number
}

/**
 * What is measured is the app's own delay: nobody can write while the role that does it, or the one that knows the users,
 * is killed and starts again.
 * @param backAt when a role that was killed was ready again; infinite while it is not
 */
export function recoveryOf(
  { accepting, written }: { readonly accepting: number; readonly written: number },
  waiting: readonly Waiting[],
  backAt: (role: string) => number,
): Recovery {
  const possible = waiting.map(({ needs, since }) => Math.max(accepting, since, ...needs.map(backAt)))
  const earliest = Math.min(written, ...possible)
  return { sinceDatabase: Math.round(written - accepting), sincePossible: Math.round(written - earliest) }
}
