import { stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

export interface CheckpointsOptions {
  readonly path: string
  /** Runs something while nobody reads or writes. */
  readonly alone: (work: () => Promise<unknown>) => Promise<void>
  /** Called with the reason when pages can't be moved, which is tried again after the next write; without, when they can. */
  readonly onChange: (reason?: unknown) => void
  /** Milliseconds from a write to the checkpoint that takes it along. */
  readonly afterMs?: number
  /** Bytes that the file of the log may have without a thread being started for it. */
  readonly smallLog?: number
  /** Pages after which the log begins anew. */
  readonly longLog?: number
}

/**
 * Moves pages from the write-ahead log to the database, in a thread of its own: SQLite would do it in the middle of some
 * commit, with a whole process waiting for the disk. Writers go on meanwhile, so that the log would grow for as long as they
 * do; when it is long, they wait once for the few pages that are left, and it begins anew.
 */
export class Checkpoints implements AsyncDisposable {
  readonly #options: Required<CheckpointsOptions>
  #worker: Worker | undefined
  #asked: PromiseWithResolvers<number> | undefined
  readonly #ended = new AbortController()
  #running = Promise.resolve()
  #due = false
  #failing = false

  constructor({ afterMs = 1_000, smallLog = 4 << 20, longLog = 16_384, ...options }: CheckpointsOptions) {
    this.#options = { ...options, afterMs, smallLog, longLog }
  }

  /** Something was written: it will be moved in a while. */
  written(): void {
    if (this.#due) return
    this.#due = true
    this.#running = this.#running.then(() => this.#moveLater())
  }

  /** Moves what there is now. Never rejects. */
  async move(): Promise<void> {
    const { path, alone, onChange, smallLog, longLog } = this.#options
    try {
      const { size } = await stat(`${path}-wal`)
      if (size > smallLog && (await this.#checkpoint()) > longLog) await alone(() => this.#checkpoint())
      if (this.#failing) onChange()
      this.#failing = false
    } catch (error) {
      this.#failing = true
      onChange(error)
    }
  }

  /** Nothing may be written from here on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await this.#running
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.ref()
    worker.postMessage('end')
    await ended
  }

  async #moveLater(): Promise<void> {
    try {
      await setTimeout(this.#options.afterMs, undefined, { ref: false, signal: this.#ended.signal })
    } catch {
      return
    }
    this.#due = false // what is written from here on may come too late for this one
    await this.move()
  }

  /** @returns the pages in the log */
  async #checkpoint(): Promise<number> {
    this.#worker ??= this.#startWorker()
    this.#asked = Promise.withResolvers()
    this.#worker.ref() // whoever waits for it is not to find the process ended
    this.#worker.postMessage('checkpoint')
    try {
      return await this.#asked.promise
    } finally {
      this.#worker?.unref()
    }
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: this.#options.path,
      execArgv: [], // those of the process are not its business
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    })
    const lose = (error: unknown) => {
      if (this.#worker !== worker) return // an error was told already, and another thread may have begun
      this.#worker = undefined
      this.#asked?.reject(error)
    }
    worker.on('message', (pages: number) => this.#asked?.resolve(pages))
    worker.on('error', lose)
    worker.on('exit', () => lose(new Error('the thread of checkpoints ended')))
    return worker
  }
}
