import type { FastifyInstance } from 'fastify'
import type { GraphDoor } from '../gateway/door.ts'
import type { Settings } from '../kit/env.ts'
import type { Health } from '../kit/health.ts'
import type { Logger } from '../kit/log.ts'
import type { Metrics } from '../kit/metrics.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import type { Tracing } from '../kit/tracing.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import { openDoorServices } from './door-services.ts'
import { keysOf } from './keys.ts'
import type { Lifetime } from './lifetime.ts'
import type { Role } from './roles.ts'
import { remoteSources } from './sources.ts'

/** What everything in this process is put together with. */
export interface Context {
  readonly http: FastifyInstance
  readonly settings: Settings
  readonly log: Logger
  readonly roles: ReadonlySet<Role>
  readonly health: Health
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly lifetime: Lifetime
}

export type Sources = Map<string, DataSource<RequestScope>>

/**
 * The part of the graph that runs here. Subgraphs of this process are called in process, the others over HTTP.
 * @returns the graph's door, where the gateway runs here
 */
export async function openGraph(context: Context): Promise<GraphDoor | undefined> {
  const { settings, log, roles, metrics, lifetime } = context
  const keys = await keysOf(settings)
  const doors = await openDoorServices(settings, keys, log)
  lifetime.onClose(doors.close)
  if (doors.cache) metrics.cache(doors.cache.counters)
  const sources: Sources = new Map()
  for (const [name, source] of await remoteSources(settings, roles, { secret: keys.subgraphSecret, log })) {
    sources.set(name, metrics.measured(source))
    lifetime.onClose(() => source.close())
  }
  const here = subgraphNames.filter((name) => roles.has(name))
  if (here.length > 0) {
    // Imported late: a gateway on its own has no use for a database.
    const { openSubgraphs } = await import('./subgraphs.ts')
    await openSubgraphs(context, { here, doors, sources, secret: keys.subgraphSecret })
  }
  if (!roles.has('gateway')) return undefined
  const { serveGraph } = await import('./serve-graph.ts')
  return serveGraph(context, { doors, sources: () => sources })
}
