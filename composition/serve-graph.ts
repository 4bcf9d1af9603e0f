import { resolve } from 'node:path'
import type { GraphDoor } from '../gateway/door.ts'
import { Gateway } from '../gateway/gateway.ts'
import { gatewayDoor } from '../gateway/gateway-door.ts'
import { graphqlRoute } from '../gateway/graphql-route.ts'
import { media } from '../gateway/media.ts'
import { playground, playgroundAtRoot } from '../gateway/playground.ts'
import { Live } from '../gateway/subscriptions/live.ts'
import { streamRoute } from '../gateway/subscriptions/sse.ts'
import { attachSubscriptions } from '../gateway/subscriptions/ws.ts'
import { originOf } from '../kit/http-server.ts'
import type { DataSources } from '../kit/owners.ts'
// Not by its index: a gateway on its own has no use for the rest of it.
import { type EndedSessions, sessionChannel } from '../subgraphs/user/session-news.ts'
import { audiences } from './audiences.ts'
import { defaultPictures } from './default-pictures.ts'
import { deliveries } from './deliveries.ts'
import { type DoorServices, isAlone } from './door-services.ts'
import type { Context } from './graph.ts'
import { trustedDocuments } from './trusted-documents.ts'

interface Behind {
  readonly doors: DoorServices
  readonly sources: () => DataSources
}

/** The graph's door, `/graphql`, with all that clients of the graph need beside it: playground, media, uploads. */
export async function serveGraph(context: Context, { doors, sources }: Behind): Promise<GraphDoor> {
  const { http, settings, log, metrics, lifetime } = context
  const { tokens, bus, storage, ticketKey } = doors
  const { introspection, production } = settings
  // Where nobody else can end a session, all ends are heard of; otherwise news of one may be lost.
  const believed = isAlone(settings) ? 60_000 : 1_000
  const documents = await trustedDocuments(settings)
  const gateway = await Gateway.start({ tokens, sources, log, introspection, production, believed, documents })
  const live = liveOf(gateway, context, sources)
  lifetime.onLeave(() => live.drain(settings.DRAIN_MS))
  metrics.figures('live', () => live.figures)
  const unsubscribe = bus.on(sessionChannel, (item) => {
    if (item.type === 'gap') return void live.recheckSessions()
    const ended = item.payload as EndedSessions // what the user subgraph publishes
    gateway.sessions.ended(ended)
    live.sessionEnded(ended)
  })
  http.addHook('onClose', async () => {
    unsubscribe()
    await gateway.stop()
  })
  const origin = originOf(settings.PUBLIC_URL)
  await http.register(defaultPictures)
  const uploads = metrics.receiving(storage)
  await http.register(media, { storage, uploads, ticketKey })
  await http.register(graphqlRoute({ gateway, originOf: origin }))
  await http.register(streamRoute({ live, originOf: origin }))
  attachSubscriptions(http.server, { live, originOf: origin })
  await http.register(playground({ directory: resolve(import.meta.dirname, '../web/playground/dist') }))
  await http.register(playgroundAtRoot)
  return gatewayDoor({ gateway, uploads, ticketKey })
}

/** Subscriptions, and everything else for those who speak over the same socket. */
const liveOf = (gateway: Gateway, { settings, log }: Context, sources: () => DataSources): Live =>
  new Live({
    graph: gateway,
    generation: gateway.federation.generation,
    deliveries,
    audiences,
    sources,
    log,
    production: settings.production,
  })
