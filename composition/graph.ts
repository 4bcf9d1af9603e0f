import type { FastifyInstance } from 'fastify'
import type { GraphDoor } from '../gateway/door.ts'
import type { Settings } from '../kit/env.ts'
import type { Health } from '../kit/health.ts'
import type { Logger } from '../kit/log.ts'
import type { Metrics } from '../kit/metrics.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { subgraphRoute } from '../kit/subgraph/http-server.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import { attachSubgraphSockets } from '../kit/subgraph/ws-server.ts'
import type { Tracing } from '../kit/tracing.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { type SubgraphName, subgraphNames } from '../schema/subgraph-names.ts'
import { keysOf } from './keys.ts'
import type { Lifetime } from './lifetime.ts'
import { allRoles, type Role } from './roles.ts'
import { type DoorServices, openDoorServices, openSubgraphServices, whenReachable } from './services.ts'
import { remoteSources, subgraphPath } from './sources.ts'
import { subgraphs } from './subgraphs.ts'

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

type Sources = Map<string, DataSource<RequestScope>>

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
  if (here.length > 0) await openSubgraphs(context, { here, doors, sources, secret: keys.subgraphSecret })
  if (!roles.has('gateway')) return undefined
  const { serveGraph } = await import('./serve-graph.ts')
  return serveGraph(context, { doors, sources: () => sources })
}

interface Here {
  readonly here: readonly SubgraphName[]
  readonly doors: DoorServices
  readonly sources: Sources
  readonly secret: string
}

async function openSubgraphs(context: Context, { here, doors, sources, secret }: Here): Promise<void> {
  const { http, settings, log, roles, health, metrics, tracing, lifetime } = context
  const services = await openSubgraphServices(settings, doors, {
    log,
    sources: () => sources,
    onStatement: (statement) => {
      metrics.statement(statement)
      tracing?.statement(statement)
    },
    onBroken: () => health.giveUp('database'),
  })
  lifetime.onClose(services.close)
  health.require('database', () => services.db.selectFrom('schema_migration').select('name').limit(1).execute())
  for (const name of here) {
    // All it does before it is there is to bring its tables up to date.
    const subgraph = await whenReachable(() => subgraphs[name](services), log)
    lifetime.onClose(() => subgraph.close())
    sources.set(name, metrics.measured(new InProcessDataSource(subgraph)))
    if (roles.size === allRoles.length) continue
    const path = subgraphPath(name)
    await http.register(subgraphRoute({ subgraph, secret }), { prefix: path })
    if (subgraph.schema.getSubscriptionType())
      http.addHook('preClose', attachSubgraphSockets(http.server, { subgraph, secret, log, path }))
  }
}
