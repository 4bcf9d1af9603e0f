import { randomUUID } from 'node:crypto'
import { loadavg } from 'node:os'
import { createHistogram } from 'node:perf_hooks'
import { Lateness } from './lateness.ts'

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

/** How long answers and refusals took. A request that nobody answered at all is a hang. */
export class Timings {
  readonly answered = createHistogram()
  readonly refused = createHistogram()
  /** How often each reason for refusing came. */
  readonly reasons = new Map<string, number>()
  /** Those that took over a second. */
  readonly slowRefusals: SlowRefusal[] = []
  readonly lateness = new Lateness()
  hangs = 0
  writes = 0
  #listeners: (() => void)[] = []

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
      if (elapsed(started) > 1_000) this.slowRefusals.push({ text: this.#tell(kind, code, started), requestId })
      this.reasons.set(code, (this.reasons.get(code) ?? 0) + 1)
      throw error
    }
  }

  /** Resolves at the next acknowledged write. */
  nextWrite(): Promise<void> {
    return new Promise((resolve) => this.#listeners.push(resolve))
  }

  #tell(kind: string, code: string, started: number): string {
    const [load = 0] = loadavg()
    const late = this.lateness.since(started)
    return `${new Date().toISOString()} ${kind} ${code} ${elapsed(started)} ms; client late by ${late} ms, load ${load.toFixed(1)}`
  }

  #written(): void {
    this.writes++
    for (const tell of this.#listeners.splice(0)) tell()
  }
}

const elapsed = (started: number) => Math.max(1, Math.round(performance.now() - started))
