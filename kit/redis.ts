import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis'

/** One server, or a Redis Cluster of which every command may touch one key only. */
export type RedisClient = Redis | Cluster

/** What the Redis twins need of a logger; a pino logger is one. */
export interface RedisLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Soon enough to be back within a second of a restart, seldom enough not to hurt a server that starts. */
const backoff = (attempt: number): number => Math.min(50 * attempt, 500)

const patience = {
  // A command is answered, refused at once, or given up: nothing is kept for a server that is away, and nothing is
  // sent twice behind the caller's back.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 100,
  connectTimeout: 1_000,
  // A peer that went away without a word is noticed by its silence; a polite end would wait for its answer.
  socketTimeout: 1_000,
  autoResubscribe: false,
  // After a failover the old address may lead to a server that has become a replica.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions

const clusterPatience = {
  enableOfflineQueue: false,
  clusterRetryStrategy: backoff,
  clusterNodeRetryStrategy: backoff,
  maxRedirections: 4,
  // 0: the caller has something better to do than to wait here for a failover.
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  retryDelayOnTryAgain: 10,
  slotsRefreshTimeout: 1_000,
} satisfies ClusterOptions

/**
 * Opens a client and returns at once; it connects, and connects again, for as long as it is open. A command sent
 * while there is no connection rejects at once, and no command takes over 100 ms.
 *
 * @param url `redis://[user:password@]host:port[/database]` or `rediss://…`; several, separated by commas, are a cluster
 */
export async function openRedis(url: string, log: RedisLog): Promise<RedisClient> {
  // Imported late: the embedded default must not pay for a driver that it does not use.
  const { Cluster, Redis } = await import('ioredis')
  const urls = url.split(',').map((one) => one.trim())
  const [first = ''] = urls
  const client =
    urls.length === 1
      ? new Redis(first, { ...patience, retryStrategy: backoff })
      : new Cluster(urls, { ...clusterPatience, redisOptions: { ...patience, ...credentials(new URL(first)) } })
  logStateChanges(client, log)
  return client
}

/** Another connection to the server of a client, such as for subscribing: with its credentials and the same patience. */
export const duplicateTo = (node: Redis, options: RedisOptions = {}): Redis =>
  node.duplicate({ ...patience, retryStrategy: backoff, lazyConnect: false, ...options })

const credentials = ({ username, password, protocol }: URL) => ({
  ...(username === '' ? {} : { username: decodeURIComponent(username) }),
  ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  ...(protocol === 'rediss:' ? { tls: {} } : {}),
})

/** Attempts fail ten times a second while a server is away: only the first one is news. */
function logStateChanges(client: RedisClient, log: RedisLog): void {
  let silent = false
  const failed = (error: Error) => {
    if (!silent) log.warn({ error: error.message }, 'redis: connection failed')
    silent = true
  }
  client.on('error', failed)
  client.on('node error', failed)
  client.on('ready', () => {
    silent = false
    log.info({}, 'redis: connected')
  })
}
