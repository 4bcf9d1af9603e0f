import type { FastifyInstance } from 'fastify'

/** Something that has to work before requests are sent here. Rejects, or takes too long, while it does not. */
export type Probe = () => Promise<unknown>

/** How long a probe may take, in milliseconds. */
const patience = 1_000

/**
 * `/healthz`: the process runs, and to start it again would mend nothing; 503 otherwise. `/readyz`: it can do its work, and
 * is not about to stop; 503 with the reason otherwise.
 */
export class Health {
  readonly #probes = new Map<string, Probe>()
  readonly #givenUp = new Set<string>()
  #draining = false

  /** Adds what readiness depends on. A peer whose loss costs only a part of the answers does not belong here. */
  require(name: string, probe: Probe): void {
    this.#probes.set(name, probe)
  }

  /** Something can't be used any more by this process, and can by its successor: whoever watches over it is to start that. */
  giveUp(name: string): void {
    this.#givenUp.add(name)
  }

  /**
   * From now on not ready: load balancers look elsewhere while running requests end, and every answer tells its client
   * to open its next connection elsewhere.
   */
  drain(): void {
    this.#draining = true
  }

  /** Serves the probes on a server, and lets it know when to drain. */
  watch(app: FastifyInstance): void {
    app.addHook('onSend', async (_request, reply) => {
      if (this.#draining) reply.header('connection', 'close')
    })
    const quiet = { logLevel: 'silent' } as const
    app.get('/healthz', quiet, async (_request, reply) =>
      this.#givenUp.size > 0
        ? reply.code(503).send({ status: 'broken', broken: [...this.#givenUp] })
        : { status: 'ok' },
    )
    app.get('/readyz', quiet, async (_request, reply) => {
      const missing = this.#draining ? ['stopping'] : await this.#missing()
      return missing.length > 0 ? reply.code(503).send({ status: 'not ready', missing }) : { status: 'ready' }
    })
  }

  async #missing(): Promise<string[]> {
    const names = [...this.#probes].map(async ([name, probe]) => ((await answers(probe)) ? [] : [name]))
    return (await Promise.all(names)).flat()
  }
}

async function answers(probe: Probe): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, patience, false)
  probe().then(
    () => resolve(true),
    () => resolve(false),
  )
  return promise.finally(() => clearTimeout(timer))
}
