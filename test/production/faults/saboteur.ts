import { setTimeout as sleep } from 'node:timers/promises'
import { subgraphNames } from '../../../schema/subgraph-names.ts'
import type { AppProcess } from '../../testkit/app-process.ts'
import type { Cluster } from '../../testkit/cluster-stack.ts'
import type { MariaDb } from '../../testkit/mariadb.ts'
import type { RedisServer } from '../../testkit/redis.ts'
import { type Recovery, recoveryOf } from './recovery.ts'
import type { Timings } from './timings.ts'

export interface Victims {
  readonly cluster: Cluster
  readonly database: MariaDb
  readonly redis: RedisServer
}

/** Ends programs with `kill -9` at random, and starts them again as a supervisor would. */
export class Saboteur {
  readonly kills = new Map<string, number>()
  /** One for each death of the database. */
  readonly recoveries: Recovery[] = []
  /** Those that took over a second though a write was possible, with what else was away meanwhile. */
  readonly slowRecoveries: string[] = []
  readonly #away = new Map<string, number>() // process → since or until when
  readonly #victims: Victims
  readonly #timings: Timings
  readonly #random: () => number

  constructor(victims: Victims, timings: Timings, random: () => number) {
    this.#victims = victims
    this.#timings = timings
    this.#random = random
  }

  /** Two at once: one at the app's processes, one at the engines below them. */
  async work(until: number): Promise<void> {
    await Promise.all([this.#processes(until), this.#engines(until)])
  }

  async #processes(until: number): Promise<void> {
    const roles = [...subgraphNames, 'gateway', 'gateway']
    while (await this.#pause(until, 1_000, 4_000)) {
      const role = roles[Math.floor(this.#random() * roles.length)] as string // within its length
      const places = this.#victims.cluster.places.get(role) ?? []
      const victim = places[Math.floor(this.#random() * places.length)]
      if (!victim) continue
      this.#note(role)
      this.#away.set(role, Number.POSITIVE_INFINITY)
      if (role === 'gateway') this.#timings.doorKilled()
      await victim.kill9()
      await sleep(100 + 1_900 * this.#random())
      await startAgain(victim)
      this.#away.set(role, performance.now())
    }
  }

  async #engines(until: number): Promise<void> {
    const { database, redis } = this.#victims
    while (await this.#pause(until, 4_000, 9_000)) {
      const engine = this.#random() < 0.6 ? database : redis
      this.#note(engine === database ? 'MariaDB' : 'Redis')
      await engine.kill9()
      await sleep(100 + 1_900 * this.#random())
      await engine.start()
      if (engine !== database) continue
      const accepting = performance.now()
      const waiting = await this.#timings.nextWrite()
      const span = { accepting, written: performance.now() }
      const recovery = recoveryOf(span, waiting, (role) => this.#away.get(role) ?? Number.NEGATIVE_INFINITY)
      this.recoveries.push(recovery)
      const { sinceDatabase, sincePossible } = recovery
      if (sincePossible <= 1_000) continue
      const away = [...this.#away].filter(([, until]) => until > accepting).map(([role]) => role)
      this.slowRecoveries.push(
        `${sincePossible} ms of ${sinceDatabase} ms, away meanwhile: ${away.join(', ') || 'nothing'}`,
      )
    }
  }

  /** @returns whether there is time for another */
  async #pause(until: number, least: number, most: number): Promise<boolean> {
    await sleep(Math.min(least + (most - least) * this.#random(), Math.max(0, until - Date.now())))
    return Date.now() < until
  }

  #note(name: string): void {
    this.kills.set(name, (this.kills.get(name) ?? 0) + 1)
  }
}

/** A process that dies at its start, because the database did, is started once more. */
async function startAgain(victim: AppProcess): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await victim.start()
    } catch (error) {
      if (attempt === 10) throw error
      await sleep(200)
    }
  }
}
