import { StartError } from '../kit/env.ts'
import { type SubgraphName, subgraphNames } from '../schema/subgraph-names.ts'

/** What a process can be; it may be several at once. */
export type Role = 'gateway' | 'rest-adapter' | SubgraphName

export const allRoles: readonly Role[] = ['gateway', 'rest-adapter', ...subgraphNames]

/** The roles named on the command line; all of them when none is named. @throws StartError for a word that is no role */
export function rolesOf(words: readonly string[]): ReadonlySet<Role> {
  const unknown = words.filter((word) => !allRoles.includes(word as Role))
  if (unknown.length > 0) throw new StartError(`unknown role ${unknown.join(', ')}; roles are ${allRoles.join(', ')}`)
  return new Set(words.length === 0 ? allRoles : (words as Role[])) // checked above
}

/** Whether they take part in the graph; the adapter only stands in front of it. */
export const isInGraph = (roles: ReadonlySet<Role>): boolean => roles.size > 1 || !roles.has('rest-adapter')
