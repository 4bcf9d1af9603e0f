import { randomUUID } from 'node:crypto'
import { loadavg } from 'node:os'
import { createHistogram } from 'node:perf_hooks'
import { Lateness } from './lateness.ts'
import type { Waiting } from './recovery.ts'

/** What a client was told that is no answer: a code of the catalogue, or what happened to the connection. */
export class Refused extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Told with what else was slow meanwhile. */
export interface SlowRefusal {
  readonly text: string
  /** Its name in the logs of all processes. */
  readonly requestId: string
}

/** A process at the door that was killed while it worked on a request ends that at once, however long it had taken by then. */
const cutOff = ['no connection', 'status 502']

/** How long answers and refusals took. A request that nobody answered at all is a hang. */
export class Timings {
  readonly answered = createHistogram()
  readonly refused = createHistogram()
  /** How often each reason for refusing came. */
  readonly reasons = new Map<string, number>()
  /** Those that took over a second; of what was cut off in the middle of its work, over a second after that. */
  readonly slowRefusals: SlowRefusal[] = []
  /** Requests that were cut off, by how long they had been worked on. */
  readonly cutOff = createHistogram()
  readonly lateness = new Lateness()
  hangs = 0
  writes = 0
  #doorKilledAt = Number.NEGATIVE_INFINITY
  readonly #waiting = new Set<Waiting>()
  #listeners: ((waiting: readonly Waiting[]) => void)[] = []

  /** Runs a request and notes how it went. @throws what it throws */
  async measure<Result>(
    kind: 'read' | 'write',
    work: (signal: AbortSignal, requestId: string) => Promise<Result>,
  ): Promise<Result> {
    const started = performance.now()
    const signal = AbortSignal.timeout(15_000)
    const requestId = randomUUID()
    try {
      const result = await work(signal, requestId)
      this.answered.record(elapsed(started))
      if (kind === 'write') this.#written()
      return result
    } catch (error) {
      const code = error instanceof Refused ? error.code : 'no connection'
      if (signal.aborted) this.hangs++
      this.refused.record(elapsed(started))
      const wasCutOff = cutOff.includes(code) && this.#doorKilledAt >= started
      if (wasCutOff) this.cutOff.record(elapsed(started))
      if (elapsed(wasCutOff ? this.#doorKilledAt : started) > 1_000)
        this.slowRefusals.push({ text: this.#tell(kind, code, started), requestId })
      this.reasons.set(code, (this.reasons.get(code) ?? 0) + 1)
      throw error
    }
  }

  /** To be called when one of the processes that clients speak to is killed. */
  doorKilled(): void {
    this.#doorKilledAt = performance.now()
  }

  /** A user waits for a write, until it is disposed of. */
  waiting(needs: readonly string[]): Disposable {
    const waiting = { needs, since: performance.now() }
    this.#waiting.add(waiting)
    return { [Symbol.dispose]: () => void this.#waiting.delete(waiting) }
  }

  /** Resolves at the next acknowledged write, with those that were waited for until then. */
  nextWrite(): Promise<readonly Waiting[]> {
    return new Promise((resolve) => this.#listeners.push(resolve))
  }

  #tell(kind: string, code: string, started: number): string {
    const [load = 0] = loadavg()
    const late = this.lateness.since(started)
    return `${new Date().toISOString()} ${kind} ${code} ${elapsed(started)} ms; client late by ${late} ms, load ${load.toFixed(1)}`
  }

  #written(): void {
    this.writes++
    const waiting = [...this.#waiting]
    for (const tell of this.#listeners.splice(0)) tell(waiting)
  }
}

const elapsed = (started: number) => Math.max(1, Math.round(performance.now() - started))
