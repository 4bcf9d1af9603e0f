import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../kit/env.ts'
import { Health } from '../kit/health.ts'
import { createHttpServer } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import { Metrics } from '../kit/metrics.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { subgraphRoute } from '../kit/subgraph/http-server.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { answerBadUrl } from '../rest-adapter/bad-url.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import { openGatewayDoor, openRestDoor } from './doors.ts'
import { keysOf } from './keys.ts'
import { allRoles, type Role } from './roles.ts'
import { openDoorServices, openSubgraphServices } from './services.ts'
import { remoteSources, subgraphPath } from './sources.ts'
import { subgraphs } from './subgraphs.ts'

/** A running process. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string
  /** Lets running requests end, then closes everything. */
  stop(): Promise<void>
}

/** Starts the given roles in this process. Subgraphs of this process are called in process, the others over HTTP. */
export async function startApp(settings: Settings, log: Logger, roles: ReadonlySet<Role>): Promise<App> {
  const closers: (() => Promise<void>)[] = []
  const health = new Health()
  const metrics = new Metrics()
  const stop = async () => {
    health.drain()
    await sleep(settings.DRAIN_MS) // until load balancers have noticed; requests are answered as ever
    for (const close of closers.toReversed()) await close()
  }
  try {
    const keys = await keysOf(settings, roles.size === allRoles.length)
    const doors = await openDoorServices(settings, keys, log)
    closers.push(doors.close)
    const http = createHttpServer({
      log,
      frameworkErrors: answerBadUrl,
      observe: (...request) => metrics.request(...request),
    })
    await http.register(health.routes)
    await http.register(metrics.routes)
    metrics.cache(doors.cache.counters)

    const here = subgraphNames.filter((name) => roles.has(name))
    const sources = new Map<string, DataSource<RequestScope>>()
    if (here.length > 0 || roles.has('gateway'))
      for (const [name, source] of remoteSources(settings, roles, keys.subgraphSecret)) {
        sources.set(name, metrics.measured(source))
        closers.push(() => source.close())
      }
    if (here.length > 0) {
      const services = await openSubgraphServices(settings, doors, {
        log,
        sources: () => sources,
        onStatement: (statement) => metrics.statement(statement),
      })
      health.require('database', () => services.db.selectFrom('schema_migration').select('name').limit(1).execute())
      closers.push(services.close)
      for (const name of here) {
        const subgraph = await subgraphs[name](services)
        closers.push(() => subgraph.close())
        sources.set(name, metrics.measured(new InProcessDataSource(subgraph)))
        if (roles.size < allRoles.length)
          await http.register(subgraphRoute({ subgraph, secret: keys.subgraphSecret }), { prefix: subgraphPath(name) })
      }
    }

    closers.push(() => http.close())
    const options = { settings, log, doors, sources: () => sources }
    const graph = roles.has('gateway') ? await openGatewayDoor(http, options) : undefined
    if (roles.has('rest-adapter')) await openRestDoor(http, options, graph)
    await http.listen({ host: settings.HOST, port: settings.PORT })
    return { url: urlOf(http), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function urlOf(http: FastifyInstance): string {
  const { address, port } = http.server.address() as AddressInfo // listening on a port
  const host =
    address === '0.0.0.0' || address === '::' ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `http://${host}:${port}`
}
