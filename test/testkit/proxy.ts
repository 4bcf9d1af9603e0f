import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Holds all traffic, also of new connections, or lets it go on. Nothing is lost meanwhile. */
  stall(stalled: boolean): void
  /** Milliseconds that each piece of an answer is held back. */
  slow(delayMs: number): void
  /** Swallows all traffic of the present connections for good, as a network that went away without a word. */
  blackhole(): void
  /** Sends new connections to another port, as a name does that moves to another server. */
  leadTo(port: number): void
  /** Ends all present connections. */
  cut(): void
}

/** A TCP proxy on the loopback address that can misbehave. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let stalled = false
  let delayMs = 0
  let port = targetPort
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1')
    const pair = [client, target] as const
    pairs.add(pair)
    client.on('data', (data) => target.write(data))
    target.on('data', (data) => {
      if (delayMs === 0) client.write(data)
      else setTimeout(() => client.write(data), delayMs)
    })
    for (const socket of pair) {
      if (stalled) socket.pause()
      socket.on('error', () => {}) // 'close' follows, and ends the other side
      socket.on('close', () => {
        pairs.delete(pair)
        client.destroy()
        target.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port')
  const cut = () => {
    for (const [client, target] of pairs) {
      client.destroy()
      target.destroy()
    }
  }
  return {
    port: address.port,
    stall(now) {
      stalled = now
      for (const socket of [...pairs].flat()) now ? socket.pause() : socket.resume()
    },
    slow(now) {
      delayMs = now
    },
    blackhole() {
      for (const socket of [...pairs].flat()) {
        socket.removeAllListeners('data')
        socket.pause()
      }
    },
    leadTo(now) {
      port = now
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
