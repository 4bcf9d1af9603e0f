import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { GraphDoor } from '../gateway/door.ts'
import { originOf } from '../kit/http-server.ts'
import type { Logger } from '../kit/log.ts'
import { restAdapter } from '../rest-adapter/adapter.ts'
import { openApiDocument } from '../rest-adapter/openapi.ts'
import { openApiPage } from '../rest-adapter/openapi-page.ts'
import type { Context } from './graph.ts'

/** The old app's door, `/douyin/`, onto a graph in this process or, without one, behind `GATEWAY_URL`. */
export async function serveRest({ http, settings, log }: Context, graph: GraphDoor | undefined): Promise<void> {
  const { GATEWAY_URL = [], PUBLIC_URL, MAX_UPLOAD_BYTES: maxUploadBytes, DATA_DIR } = settings
  if (!graph && !PUBLIC_URL)
    log.info(
      'PUBLIC_URL is not set: addresses of videos lead here, so a proxy in front has to send /media/ to the gateway',
    )
  const door = graph ?? (await remoteGraph(http, GATEWAY_URL, log))
  const spoolFolder = resolve(DATA_DIR, 'spool') // not the system's temporary folder, which may be in memory
  await http.register(openApiPage({ document: openApiDocument() }))
  await http.register(restAdapter({ door, log, originOf: originOf(PUBLIC_URL), maxUploadBytes, spoolFolder }))
}

async function remoteGraph(http: FastifyInstance, urls: readonly string[], log: Logger): Promise<GraphDoor> {
  // Imported late: beside the gateway it has no use.
  const { HttpGraphDoor } = await import('../rest-adapter/gateway-client.ts')
  const door = new HttpGraphDoor(urls, { log })
  http.addHook('onClose', () => door[Symbol.asyncDispose]())
  return door
}
