import type { Settings } from '../kit/env.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { HttpDataSource } from '../kit/subgraph/http-data-source.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import type { Role } from './roles.ts'

/** Where a process serves one of its subgraphs to the others. */
export const subgraphPath = (name: string) => `/subgraphs/${name}`

/** The ways to the subgraphs of other processes. @throws when the address of one is not set */
export function remoteSources(
  { subgraphUrls }: Settings,
  roles: ReadonlySet<Role>,
  secret: string,
): Map<string, DataSource<RequestScope> & { close(): Promise<void> }> {
  const remote = subgraphNames.filter((name) => !roles.has(name))
  const missing = remote.filter((name) => !subgraphUrls.has(name))
  if (missing.length > 0)
    throw new Error(
      `not in this process, so its address is needed: ${missing.map((name) => `SUBGRAPH_URL_${name.toUpperCase()}`).join(', ')}`,
    )
  return new Map(
    remote.map((name) => {
      const url = new URL(subgraphPath(name), subgraphUrls.get(name)).href
      return [name, new HttpDataSource({ name, url, secret })]
    }),
  )
}
