import type { Kysely } from 'kysely'

/**
 * The same database over a bad line: every other transaction commits, but its caller hears only that the connection broke.
 * For `inTransaction`, which then runs the work again.
 *
 * @param meanwhile what others do before the caller hears it
 */
export function withLostCommits<Tables>(db: Kysely<Tables>, meanwhile?: () => Promise<unknown>): Kysely<Tables> {
  let transactions = 0
  return new Proxy(db, {
    get(target, property) {
      if (property !== 'transaction') {
        const value = Reflect.get(target, property, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return () => ({
        async execute<Result>(work: Parameters<ReturnType<Kysely<Tables>['transaction']>['execute']>[0]) {
          const result = (await target.transaction().execute(work)) as Result // the type that `work` promises
          if (transactions++ % 2 === 1) return result
          await meanwhile?.()
          throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
        },
      })
    },
  })
}
