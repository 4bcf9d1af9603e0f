import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { Gateway } from '../gateway/gateway.ts'
import { gatewayDoor } from '../gateway/gateway-door.ts'
import { graphqlRoute } from '../gateway/graphql-route.ts'
import { media } from '../gateway/media.ts'
import { playground, playgroundAtRoot } from '../gateway/playground.ts'
import type { Settings } from '../kit/env.ts'
import { createHttpServer, originOf } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSources } from '../kit/owners.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { restAdapter } from '../rest-adapter/adapter.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import { type EndedSessions, sessionChannel } from '../subgraphs/user/index.ts'
import { defaultPictures } from './default-pictures.ts'
import { keysOf } from './keys.ts'
import { type AppServices, type DoorServices, openDoorServices, openSubgraphServices } from './services.ts'
import { subgraphs } from './subgraphs.ts'

/** A running app. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string
  /** Lets running requests end, then closes everything. */
  stop(): Promise<void>
}

/** Undoes what was opened, the last first. */
type Closers = (() => Promise<void>)[]

/** Everything in one process: seven subgraphs called in process, the gateway, the REST adapter, media and playground. */
export async function startApp(settings: Settings, log: Logger): Promise<App> {
  const closers: Closers = []
  const stop = async () => {
    for (const close of closers.toReversed()) await close()
  }
  try {
    const doors = await openDoorServices(settings, await keysOf(settings, true), log)
    closers.push(doors.close)
    const sources = new Map<string, DataSource<RequestScope>>()
    const services = await openSubgraphServices(settings, doors, { log, sources: () => sources })
    closers.push(services.close)
    await startSubgraphs(services, sources, closers)
    const http = createHttpServer({ log })
    closers.push(() => http.close())
    await openDoors(http, { settings, log, doors, sources: () => sources })
    await http.listen({ host: settings.HOST, port: settings.PORT })
    return { url: urlOf(http), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startSubgraphs(
  services: AppServices,
  sources: Map<string, DataSource<RequestScope>>,
  closers: Closers,
): Promise<void> {
  for (const name of subgraphNames) {
    const subgraph = await subgraphs[name](services)
    closers.push(() => subgraph.close())
    sources.set(name, new InProcessDataSource(subgraph))
  }
}

interface Doors {
  readonly settings: Settings
  readonly log: Logger
  readonly doors: DoorServices
  readonly sources: () => DataSources
}

async function openDoors(http: FastifyInstance, { settings, log, doors, sources }: Doors): Promise<void> {
  const { tokens, bus, storage, ticketKey } = doors
  const { introspection, production } = settings
  const gateway = await Gateway.start({ tokens, sources, log, introspection, production })
  http.addHook('onClose', () => gateway.stop())
  const unsubscribe = bus.on(sessionChannel, (item) => {
    if (item.type === 'message') gateway.sessions.ended(item.payload as EndedSessions) // what the user subgraph publishes
  })
  http.addHook('onClose', async () => unsubscribe())
  const origin = originOf(settings.PUBLIC_URL)
  await http.register(defaultPictures)
  await http.register(media, { storage, ticketKey })
  await http.register(graphqlRoute({ gateway, originOf: origin }))
  await http.register(playground({ directory: resolve(import.meta.dirname, '../web/playground/dist') }))
  await http.register(playgroundAtRoot)
  const door = gatewayDoor({ gateway, storage, ticketKey })
  await http.register(restAdapter({ door, log, originOf: origin, maxUploadBytes: settings.MAX_UPLOAD_BYTES }))
}

function urlOf(http: FastifyInstance): string {
  const { address, port } = http.server.address() as AddressInfo // listening on a port
  const host =
    address === '0.0.0.0' || address === '::' ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `http://${host}:${port}`
}
