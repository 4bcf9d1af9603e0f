import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import S3rver from 's3rver'

const bucket = 'media'
/** What the server was made with. */
const key = 'S3RVER'

export interface S3Server extends AsyncDisposable {
  /** With key, secret and bucket, as `STORAGE_URL` has it. */
  readonly url: string
  /** Connections that are open now. */
  connections(): Promise<number>
  /** Uploads in parts that were neither completed nor given up. */
  unfinished(): Promise<number>
  /** While it is away, connections are cut. */
  away: boolean
}

/** A server that speaks S3's protocol, on files in a temporary folder. */
export async function startS3(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  const uploads = join(directory, bucket, '._S3rver_uploads')
  const s3 = new S3rver({ directory, silent: true, configureBuckets: [{ name: bucket, configs: [] }] })
  await s3.configureBuckets()
  const answer = s3.callback()
  const world = { away: false }
  const server = createServer(async (request, response) => {
    if (world.away) return request.destroy()
    // The one thing that it can't do itself: to give up an upload in parts.
    const upload = new URL(request.url ?? '', 'http://s3').searchParams.get('uploadId')
    if (request.method !== 'DELETE' || !upload) return answer(request, response)
    await rm(join(uploads, upload), { recursive: true })
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listening on a port
  return Object.assign(world, {
    url: `http://${key}:${key}@127.0.0.1:${port}/${bucket}`,
    connections: () => promisify(server.getConnections.bind(server))(),
    unfinished: async () => (await readdir(uploads).catch(() => [])).length, // made with the first one
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true })
    },
  })
}
