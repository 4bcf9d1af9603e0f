import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface Ingress extends AsyncDisposable {
  readonly url: string
  /** Whether it sends requests to this address. */
  knows(origin: string): boolean
}

export interface IngressOptions {
  /** The addresses that serve a path; all equal. */
  readonly origins: (path: string) => readonly string[]
  readonly probeEveryMs?: number
}

/**
 * What stands before the app in production: it sends each path to a process that says `/readyz`, and tells it by
 * `X-Forwarded-*` how the client came, unless another proxy did. A process that refuses connections is passed over for the next.
 */
export async function startIngress({ origins, probeEveryMs = 50 }: IngressOptions): Promise<Ingress> {
  const known = new Map<string, boolean>() // origin → ready
  const probing = setInterval(() => {
    for (const origin of known.keys()) void isReady(origin).then((ready) => known.set(origin, ready))
  }, probeEveryMs)
  probing.unref()
  let turn = 0
  const connected = async (path: string): Promise<Socket | undefined> => {
    const all = origins(path)
    for (const origin of all) if (!known.has(origin)) known.set(origin, await isReady(origin))
    const ready = all.filter((origin) => known.get(origin))
    const start = turn++
    for (let n = 0; n < ready.length; n++) {
      const socket = await open(ready[(start + n) % ready.length] as string) // within its length
      if (socket) return socket
    }
    return undefined
  }

  const server = createServer(async (incoming, outgoing) => {
    const socket = await connected(incoming.url ?? '/')
    if (!socket) return void outgoing.writeHead(503).end()
    forward(incoming, outgoing, socket)
  })
  server.on('upgrade', async (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy())
    const socket = await connected(incoming.url ?? '/')
    if (!socket) return void client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
    socket.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => socket.destroy())
    const lines = Object.entries(withForwarded(incoming)).map(([name, value]) => `${name}: ${value}`)
    socket.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    socket.write(head)
    client.pipe(socket).pipe(client)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on a port
    knows: (origin) => known.get(origin) !== false, // one that is new is looked at when it is first needed
    async [Symbol.asyncDispose]() {
      clearInterval(probing)
      server.closeAllConnections()
      server.close()
    },
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, socket: Socket): void {
  const { method, url } = incoming
  const headers = { ...withForwarded(incoming), connection: 'close' }
  const upstream = request({ method, path: url, headers, createConnection: () => socket })
  upstream.on('response', (answer) => {
    const { connection: _, ...rest } = answer.headers
    outgoing.writeHead(answer.statusCode ?? 502, rest)
    answer.on('error', () => outgoing.destroy()).pipe(outgoing)
  })
  upstream.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
  outgoing.on('close', () => upstream.destroy())
  incoming.on('error', () => upstream.destroy()).pipe(upstream)
}

const withForwarded = ({ headers }: IncomingMessage): IncomingHttpHeaders => ({
  ...headers,
  'x-forwarded-host': headers['x-forwarded-host'] ?? headers.host,
  'x-forwarded-proto': headers['x-forwarded-proto'] ?? 'http',
})

async function open(origin: string): Promise<Socket | undefined> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return undefined
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}
