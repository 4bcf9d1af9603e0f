import { Redis } from 'ioredis'
import { findProgram, skipWithout } from './program.ts'
import { onFreePorts, ServerProcess, temporaryFolder } from './server-process.ts'

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  /** `redis://127.0.0.1:port` */
  readonly url: string
  stop(): Promise<void>
  kill9(): Promise<void>
  /** Again, on the same port: empty, unless it was started with `persistent`. */
  start(): Promise<void>
  freeze(frozen: boolean): void
  /** One command from outside, such as `['CONFIG', 'SET', 'maxmemory', '2mb']`. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>
}

export interface RedisServerOptions {
  /** Keeps every write on disk, so that it is there again after `kill9` and `start`. */
  readonly persistent?: boolean
  /** A node of a cluster, which has no slots yet. */
  readonly cluster?: boolean
  readonly args?: readonly string[]
}

export const skipRedis = () => skipWithout(['redis-server'])

/** A private Redis on a temporary folder, ready in 50 ms. @throws Unavailable when Redis is not installed */
export function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  return onFreePorts((port, busPort) => makeRedis(port, busPort, options))
}

async function makeRedis(
  port: number,
  busPort: number,
  { persistent = false, cluster = false, args = [] }: RedisServerOptions,
): Promise<RedisServer> {
  const program = findProgram('redis-server')
  const folder = await temporaryFolder('redis')
  const command = async (name: string, ...values: (string | number)[]): Promise<unknown> => {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: null, commandTimeout: 5_000 })
    client.on('error', () => {}) // the call below rejects with it
    try {
      await client.connect()
      return await client.call(name, values)
    } finally {
      client.disconnect()
    }
  }
  const server = new ServerProcess(folder, {
    program,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...(persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
      ...(cluster ? ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] : []),
      ...args,
    ],
    serves: async () => (await command('PING')) === 'PONG',
  })
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: () => server.stop(),
    kill9: () => server.kill9(),
    start: () => server.start(),
    freeze: (frozen) => server.freeze(frozen),
    command,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
