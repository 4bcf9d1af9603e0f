import type { Settings } from '../kit/env.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import type { Role } from './roles.ts'

/** Where a process serves one of its subgraphs to the others. */
export const subgraphPath = (name: string) => `/subgraphs/${name}`

/** The ways to the subgraphs of other processes. */
export async function remoteSources(
  { subgraphUrls }: Settings,
  roles: ReadonlySet<Role>,
  { secret, log }: { secret: string; log: Logger },
): Promise<Map<string, DataSource<RequestScope> & { close(): Promise<void> }>> {
  const remote = subgraphNames.filter((name) => !roles.has(name))
  if (remote.length === 0) return new Map()
  // Imported late: a process that does everything itself has no use for an HTTP client.
  const { HttpDataSource } = await import('../kit/subgraph/http-data-source.ts')
  return new Map(
    remote.flatMap((name) => {
      const [first, ...others] = subgraphUrls.get(name) ?? []
      if (!first) return []
      const at = (origin: string) => new URL(subgraphPath(name), origin).href
      return [[name, new HttpDataSource({ name, url: [at(first), ...others.map(at)], secret, log })]]
    }),
  )
}
