import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { GraphDoor } from '../../gateway/door.ts'
import { createHttpServer, originOf } from '../../kit/http-server.ts'
import { createLog } from '../../kit/log.ts'
import { type RestAdapterOptions, restAdapter } from '../../rest-adapter/adapter.ts'

export interface Served extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly url: string
  /** Names of the files that are waiting in the spool folder. */
  waitingFiles(): Promise<string[]>
}

/** The adapter on a port of its own, in front of a door. */
export async function serveAdapter(door: GraphDoor, options: Partial<RestAdapterOptions> = {}): Promise<Served> {
  const log = await createLog({ level: 'silent' })
  const spoolFolder = await mkdtemp(join(tmpdir(), 'spool-'))
  const app = createHttpServer({ log })
  const maxUploadBytes = 1_000_000
  await app.register(restAdapter({ door, log, originOf: originOf(undefined), maxUploadBytes, spoolFolder, ...options }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    url,
    waitingFiles: () => readdir(spoolFolder),
    async [Symbol.asyncDispose]() {
      await app.close()
      await rm(spoolFolder, { recursive: true, force: true })
    },
  }
}
