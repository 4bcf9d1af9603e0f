import { openRedis, type RedisClient, type RedisLog } from './redis.ts'

/** Redis is away, slow or not yet to be trusted again. Whoever gets it goes on without Redis. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable'
}

export interface RedisLinkOptions {
  readonly url: string
  readonly log: RedisLog
  /** Milliseconds that one round trip may take, whatever happens. Callers make two at most, and must stay below 100. */
  readonly timeoutMs?: number
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

/** Slow trips within {@link failureWindowMs} after which reads stop asking. */
const failuresToOpen = 5
const failureWindowMs = 1_000
const probeEveryMs = 100
/** In which a cluster that was given up has not begun anew. */
const probesToConnect = 10

/**
 * One process' way to Redis, with a circuit breaker: while it is open, nothing is read. It closes when Redis answers
 * in time and every recovery step has succeeded. Every (re)connection opens it, because the server behind may be another
 * one than before, or hold what it held long ago.
 */
export class RedisLink implements AsyncDisposable {
  readonly client: RedisClient
  readonly #log: RedisLog
  readonly #timeoutMs: number
  readonly #now: () => number
  readonly #steps = new Set<() => Promise<void>>()
  #state: 'down' | 'up' | 'disposed' = 'down'
  #doubts = 1
  #settledDoubts = 0
  #failures = 0
  #firstFailureAt = 0
  #probing = false
  #givenUp = 0
  #timer: NodeJS.Timeout | undefined
  #waiting: (() => void)[] = []

  /** Waits for Redis for up to a second, then goes on without it. */
  static async open(options: RedisLinkOptions): Promise<RedisLink> {
    const link = new RedisLink(await openRedis(options.url, options.log), options)
    await link.whenUp(1_000)
    return link
  }

  private constructor(
    client: RedisClient,
    { log, timeoutMs = 40, now = () => performance.now() }: Omit<RedisLinkOptions, 'url'>,
  ) {
    this.client = client
    this.#log = log
    this.#timeoutMs = timeoutMs
    this.#now = now
    this.#watch(client)
    // The connections of a cluster come and go without a word of the cluster itself.
    client.on('+node', (node: Watched) => this.#watch(node))
    this.#probeAfter(0)
  }

  get up(): boolean {
    return this.#state === 'up'
  }

  /** Resolves when Redis is in use, at once or later, but after `atMostMs` in any case. */
  async whenUp(atMostMs: number): Promise<void> {
    if (!this.up) await within(atMostMs, new Promise<void>((resolve) => this.#waiting.push(resolve)))
  }

  /**
   * Sends one command for each item, all at once, and waits for all or for `timeoutMs`. Never rejects: an item that
   * was not answered is `rejected`. A server that answers with an error is alive, and no failure of the link.
   *
   * @param always send it also while Redis is not in use: for what others rely on, and may reach a part of a cluster
   */
  async each<Item, Reply>(
    items: readonly Item[],
    send: (client: RedisClient, item: Item) => Promise<Reply>,
    { always = false, timeoutMs = this.#timeoutMs } = {},
  ): Promise<PromiseSettledResult<Reply>[]> {
    if (this.#state === 'disposed') throw new RedisUnavailable('used after it was disposed of')
    if (items.length === 0) return []
    if (!this.up && !always) {
      const reason = new RedisUnavailable('redis is not available')
      return items.map(() => ({ status: 'rejected', reason }))
    }
    const late = new RedisUnavailable(`redis did not answer within ${timeoutMs} ms`)
    const results = items.map((): PromiseSettledResult<Reply> => ({ status: 'rejected', reason: late }))
    const all = items.map(async (item, index) => {
      try {
        results[index] = { status: 'fulfilled', value: await send(this.client, item) }
      } catch (reason) {
        results[index] = { status: 'rejected', reason }
      }
    })
    await within(timeoutMs, Promise.all(all))
    if (results.some((result) => result.status === 'rejected' && !isReply(result.reason))) this.#failed()
    return [...results] // a late answer must not change what the caller has
  }

  /**
   * Something may have gone wrong behind our back: recover before anything is read again. Called for every new
   * connection, and by whoever could not deliver what others rely on.
   */
  distrust(): void {
    if (this.#doubt()) this.#log.warn({}, 'redis: not used until it has recovered')
  }

  /** A step that has to succeed before Redis is used again; it uses {@link each} with `always`. */
  onRecovery(step: () => Promise<void>): void {
    this.#steps.add(step)
    this.#doubt()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'disposed'
    clearTimeout(this.#timer)
    this.client.disconnect()
  }

  /** @returns whether it was in use */
  #doubt(): boolean {
    this.#doubts++
    if (this.#state !== 'up') return false
    this.#state = 'down'
    this.#probeAfter(0)
    return true
  }

  #watch(connection: Watched): void {
    connection.on('close', () => this.distrust())
    connection.on('ready', () => {
      this.distrust()
      if (!this.#probing) this.#probeAfter(0)
    })
  }

  #failed(): void {
    const now = this.#now()
    if (now - this.#firstFailureAt > failureWindowMs) {
      this.#firstFailureAt = now
      this.#failures = 0
    }
    if (++this.#failures >= failuresToOpen) this.distrust()
  }

  #probeAfter(delayMs: number): void {
    if (this.#state === 'disposed') return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#recover(), delayMs)
    this.#timer.unref()
  }

  async #recover(): Promise<void> {
    const doubts = this.#doubts
    const started = this.#now()
    this.#probing = true
    try {
      await this.#probe()
      const slow = this.#now() - started > this.#timeoutMs
      if (this.#settledDoubts !== doubts) for (const step of this.#steps) await step()
      this.#settledDoubts = doubts
      if (slow || this.#doubts !== doubts) return this.#probeAfter(probeEveryMs)
    } catch {
      // Whatever the reason, Redis is not usable yet; the log had its line when it went down.
      return this.#probeAfter(probeEveryMs)
    } finally {
      this.#probing = false
    }
    if (this.#state === 'down') this.#use()
  }

  #use(): void {
    this.#state = 'up'
    this.#failures = 0
    this.#log.info({}, 'redis: in use')
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Every master answers, and a cluster says that it is in order. */
  async #probe(): Promise<void> {
    const { client } = this
    if (!('nodes' in client)) return void (await client.ping())
    // The driver gives up a cluster to connect anew, and then waits for the end of connections. One that was just being
    // made again has none: without this it would wait for ever.
    this.#givenUp = client.status === 'disconnecting' ? this.#givenUp + 1 : 0
    if (this.#givenUp >= probesToConnect) {
      this.#givenUp = 0
      client.connect().catch(() => {}) // it tries again by itself, and errors are told as 'error'
    }
    const masters = client.nodes('master')
    const answers = await Promise.allSettled(masters.map((node) => node.cluster('INFO')))
    const inOrder = answers.every((a) => a.status === 'fulfilled' && String(a.value).includes('cluster_state:ok'))
    if (inOrder && masters.length > 0) return
    client.refreshSlotsCache()
    throw new RedisUnavailable('the cluster is not in order')
  }
}

interface Watched {
  on(event: 'ready' | 'close', listener: () => void): unknown
}

const isReply = (reason: unknown): boolean => reason instanceof Error && reason.name === 'ReplyError'

/** Waits for the work, but not longer; the work goes on. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    // After a pause of the process the timer is served before the sockets: let answers that lie there be read first.
    timer = setTimeout(() => setImmediate(resolve), ms)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
