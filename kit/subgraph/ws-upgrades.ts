import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

const routes = new WeakMap<Server, Map<string, Upgrade>>()

/**
 * Lets several rooms take WebSockets on one server, each at its path. Anything else is answered with 404: Node would
 * leave such a connection open for ever. @returns what takes the path away again
 */
export function routeUpgrades(server: Server, path: string, handle: Upgrade): () => void {
  const known = routes.get(server) ?? install(server)
  known.set(pathOf(path), handle)
  return () => known.delete(pathOf(path))
}

function install(server: Server): Map<string, Upgrade> {
  const known = new Map<string, Upgrade>()
  routes.set(server, known)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const handle = known.get(pathOf(request.url ?? ''))
    if (handle) handle(request, socket, head)
    else refuseUpgrade(socket, '404 Not Found')
  })
  return known
}

/** Answers over plain HTTP, before there is a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy()) // the client may be gone already
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Without slashes around it. In one pass: a client may send thousands of slashes. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  let [start, end] = [0, path.length]
  while (path[start] === '/') start++
  while (end > start && path[end - 1] === '/') end--
  return `/${path.slice(start, end)}`
}
