import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type Settings, StartError } from '../kit/env.ts'
import { Health } from '../kit/health.ts'
import { createHttpServer } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import { Metrics } from '../kit/metrics.ts'
import type { Tracing } from '../kit/tracing.ts'
import { answerBadUrl } from '../rest-adapter/bad-url.ts'
import { openDataFolder } from './data-folder.ts'
import { Lifetime } from './lifetime.ts'
import { checkRequirements } from './requirements.ts'
import { isInGraph, type Role } from './roles.ts'
import { isWorker } from './worker.ts'

/** A running process. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string
  /** Lets running requests end, then closes everything. */
  stop(): Promise<void>
}

/** Starts the given roles in this process. @throws StartError for what a person has to put right */
export async function startApp(settings: Settings, log: Logger, roles: ReadonlySet<Role>): Promise<App> {
  checkRequirements(settings, roles)
  await openDataFolder(settings)
  const lifetime = new Lifetime()
  const health = new Health()
  const metrics = isWorker ? new Metrics((await import('./worker-metrics.ts')).metricsOfAll) : new Metrics()
  try {
    const http = createHttpServer({
      log,
      frameworkErrors: answerBadUrl,
      observe: (...request) => metrics.request(...request),
    })
    health.watch(http)
    await http.register(metrics.routes)
    const tracing = await tracingOf(settings, roles)
    if (tracing) lifetime.onClose(() => tracing.stop())
    const context = { http, settings, log, roles, health, metrics, tracing, lifetime }
    // Imported late: an adapter on its own has no use for a graph.
    const graph = isInGraph(roles) ? await (await import('./graph.ts')).openGraph(context) : undefined
    lifetime.onClose(() => http.close())
    if (roles.has('rest-adapter')) {
      const { serveRest } = await import('./serve-rest.ts')
      await serveRest(context, graph)
    }
    await listen(http, settings)
    return {
      url: urlOf(http),
      async stop() {
        health.drain()
        // Until load balancers have noticed; requests are answered as ever.
        await Promise.all([sleep(settings.DRAIN_MS), lifetime.leave()])
        await lifetime.close()
      },
    }
  } catch (error) {
    await lifetime.close()
    throw error
  }
}

async function listen(http: FastifyInstance, { HOST: host, PORT: port }: Settings): Promise<void> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? unusable[String(error.code)] : undefined
    if (!why) throw error
    throw new StartError(`can't listen on ${host}:${port}: ${why}`, error)
  }
}

const unusable: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program does already; end it, or set PORT to a free one',
  EACCES: 'this user may not; set PORT to one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; set HOST to one that it has',
  ENOTFOUND: 'no machine has that name; set HOST to an address of this one',
}

async function tracingOf(settings: Settings, roles: ReadonlySet<Role>): Promise<Tracing | undefined> {
  if (!settings.OTEL_EXPORTER_OTLP_ENDPOINT) return undefined
  const { startTracing } = await import('../kit/tracing.ts')
  const [role] = roles
  return startTracing(settings.OTEL_SERVICE_NAME ?? (roles.size === 1 && role ? role : 'simple-douyin'))
}

function urlOf(http: FastifyInstance): string {
  const { address, port } = http.server.address() as AddressInfo // listening on a port
  const host =
    address === '0.0.0.0' || address === '::' ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `http://${host}:${port}`
}
