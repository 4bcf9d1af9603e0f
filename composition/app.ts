import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { Gateway } from '../gateway/gateway.ts'
import { gatewayDoor } from '../gateway/gateway-door.ts'
import { graphqlRoute } from '../gateway/graphql-route.ts'
import { media } from '../gateway/media.ts'
import { playground, rootToPlayground } from '../gateway/playground.ts'
import type { Settings } from '../kit/env.ts'
import { createHttpServer, originOf } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import type { DataSource } from '../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../kit/subgraph/in-process.ts'
import type { Subgraph } from '../kit/subgraph/subgraph.ts'
import { Tokens } from '../kit/tokens.ts'
import type { RequestScope } from '../kit/viewer.ts'
import { restAdapter } from '../rest-adapter/adapter.ts'
import { subgraphNames } from '../schema/subgraph-names.ts'
import { keysOf } from './keys.ts'
import { openServices } from './services.ts'
import { subgraphs } from './subgraphs.ts'

/** A running app. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  readonly url: string
  /** Lets running requests end, then closes everything. */
  stop(): Promise<void>
}

/** Everything in one process: seven subgraphs called in process, the gateway, the REST adapter, media and playground. */
export async function startApp(settings: Settings, log: Logger): Promise<App> {
  const keys = await keysOf(settings, true)
  const sources = new Map<string, DataSource<RequestScope>>()
  const tokens = await Tokens.create(keys.tokens)
  const services = await openServices(settings, { log, keys, tokens, sources: () => sources })
  const running: Subgraph[] = []
  for (const name of subgraphNames) {
    const subgraph = await subgraphs[name](services)
    running.push(subgraph)
    sources.set(name, new InProcessDataSource(subgraph))
  }
  const gateway = await Gateway.start({
    tokens,
    sources: () => sources,
    log,
    introspection: settings.introspection,
    production: settings.production,
  })

  const http = createHttpServer({ log })
  const origin = originOf(settings.PUBLIC_URL)
  const { storage, ticketKey } = services
  const door = gatewayDoor({ gateway, storage, ticketKey })
  await http.register(media, { storage, ticketKey })
  await http.register(graphqlRoute({ gateway, originOf: origin }))
  await http.register(playground({ directory: resolve(import.meta.dirname, '../web/playground/dist') }))
  await http.register(rootToPlayground)
  await http.register(restAdapter({ door, log, originOf: origin, maxUploadBytes: settings.MAX_UPLOAD_BYTES }))
  await http.listen({ host: settings.HOST, port: settings.PORT })
  const { address, port } = http.server.address() as AddressInfo // listening on a port
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    async stop() {
      await http.close()
      await gateway.stop()
      for (const subgraph of running.reverse()) await subgraph.close()
      await services.close()
    },
  }
}
