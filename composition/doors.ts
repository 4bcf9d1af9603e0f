import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { GraphDoor } from '../gateway/door.ts'
import { Gateway } from '../gateway/gateway.ts'
import { gatewayDoor } from '../gateway/gateway-door.ts'
import { graphqlRoute } from '../gateway/graphql-route.ts'
import { media } from '../gateway/media.ts'
import { playground, playgroundAtRoot } from '../gateway/playground.ts'
import type { Settings } from '../kit/env.ts'
import { originOf } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSources } from '../kit/owners.ts'
import { restAdapter } from '../rest-adapter/adapter.ts'
import { HttpGraphDoor } from '../rest-adapter/gateway-client.ts'
import { openApiDocument } from '../rest-adapter/openapi.ts'
import { openApiPage } from '../rest-adapter/openapi-page.ts'
import { type EndedSessions, sessionChannel } from '../subgraphs/user/index.ts'
import { defaultPictures } from './default-pictures.ts'
import type { DoorServices } from './services.ts'

export interface DoorOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly doors: DoorServices
  readonly sources: () => DataSources
}

/** The graph's door, `/graphql`, with all that clients of the graph need beside it: playground, media, uploads. */
export async function openGatewayDoor(http: FastifyInstance, options: DoorOptions): Promise<GraphDoor> {
  const { settings, log, doors, sources } = options
  const { tokens, bus, storage, ticketKey } = doors
  const { introspection, production, PUBLIC_URL } = settings
  const gateway = await Gateway.start({ tokens, sources, log, introspection, production })
  const unsubscribe = bus.on(sessionChannel, (item) => {
    if (item.type === 'message') gateway.sessions.ended(item.payload as EndedSessions) // what the user subgraph publishes
  })
  http.addHook('onClose', async () => {
    unsubscribe()
    await gateway.stop()
  })
  await http.register(defaultPictures)
  await http.register(media, { storage, ticketKey })
  await http.register(graphqlRoute({ gateway, originOf: originOf(PUBLIC_URL) }))
  await http.register(playground({ directory: resolve(import.meta.dirname, '../web/playground/dist') }))
  await http.register(playgroundAtRoot)
  return gatewayDoor({ gateway, storage, ticketKey })
}

/** The old app's door, `/douyin/`, onto a graph in this process or, without one, behind `GATEWAY_URL`. */
export async function openRestDoor(
  http: FastifyInstance,
  { settings, log }: Pick<DoorOptions, 'settings' | 'log'>,
  graph: GraphDoor | undefined,
): Promise<void> {
  const { GATEWAY_URL, PUBLIC_URL, MAX_UPLOAD_BYTES: maxUploadBytes, DATA_DIR } = settings
  const door = graph ?? remoteGraph(http, GATEWAY_URL)
  const spoolFolder = resolve(DATA_DIR, 'spool') // not the system's temporary folder, which may be in memory
  await http.register(openApiPage({ document: openApiDocument() }))
  await http.register(restAdapter({ door, log, originOf: originOf(PUBLIC_URL), maxUploadBytes, spoolFolder }))
}

function remoteGraph(http: FastifyInstance, url: string | undefined): GraphDoor {
  if (!url) throw new Error('GATEWAY_URL has to be set where the gateway does not run in this process')
  const door = new HttpGraphDoor(url)
  http.addHook('onClose', () => door[Symbol.asyncDispose]())
  return door
}
