import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheCounters } from './cache/cache.ts'
import type { Statement } from './database/database.ts'
import { codeOf } from './errors.ts'
import type { ObjectStorage } from './storage/storage.ts'
import type { DataSource } from './subgraph/data-source.ts'
import { subgraphCalls } from './trace-points.ts'

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What an operator watches, for Prometheus at `/metrics`. One registry for each process, not the library's global one. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = this.#histogram('http_request_duration_seconds', 'Requests by route template', [
    'method',
    'route',
    'status',
  ])
  readonly #faults = this.#counter(
    'http_faults_total',
    'Answers that tell of a fault, by its code; their status may be 200',
    ['route', 'code'],
  )
  readonly #calls = this.#histogram('subgraph_call_duration_seconds', 'Calls of subgraphs', ['subgraph', 'outcome'])
  readonly #statements = this.#histogram('sql_statement_duration_seconds', 'SQL statements', ['kind'])

  readonly #text: () => Promise<string>

  /** @param gather makes what reads the metrics of several processes at once, this one's among them */
  constructor(gather: (own: Registry) => () => Promise<string> = (own) => () => own.metrics()) {
    collectDefaultMetrics({ register: this.#registry })
    this.#text = gather(this.#registry)
  }

  /** `/metrics`, and the measuring of every request of this server. */
  readonly routes = async (app: FastifyInstance): Promise<void> => {
    app.get('/metrics', { logLevel: 'silent' }, async (_request, reply) =>
      reply.type(this.#registry.contentType).send(await this.#text()),
    )
  }

  /** @param template of the route, such as `/media/*`: addresses themselves would make a series for each */
  request(method: string, template: string, status: number, ms: number, fault?: string): void {
    const route = template.replace(/(?<=.)\/$/, '') // the old app's come in two forms
    this.#requests.observe({ method, route, status: String(status) }, ms / 1000)
    if (fault) this.#faults.inc({ route, code: fault })
  }

  statement({ sql, durationMs }: Statement): void {
    this.#statements.observe({ kind: kindOf(sql) }, durationMs / 1000)
  }

  /** Measures every call of a subgraph, by how it ended: `ok`, or the code of its first fault. */
  measured<Context>(source: DataSource<Context>): DataSource<Context> {
    const { name } = source
    return {
      name,
      execute: async (call, context) => {
        const started = performance.now()
        const point = { subgraph: name, kind: call.kind }
        const result = await subgraphCalls.tracePromise(() => source.execute(call, context), point)
        const [fault] = result.errors ?? []
        const outcome = fault ? (codeOf(fault) ?? 'INTERNAL_SERVER_ERROR') : 'ok'
        this.#calls.observe({ subgraph: name, outcome }, (performance.now() - started) / 1000)
        return result
      },
      subscribe: (call, context, signal) => source.subscribe(call, context, signal),
    }
  }

  /** Measures every file that a door takes in, by how it ended: `ok`, or the code of what was wrong. */
  receiving(storage: Pick<ObjectStorage, 'write'>): Pick<ObjectStorage, 'write'> {
    const uploads = this.#histogram('upload_duration_seconds', 'Uploads, from their first byte to their last', [
      'outcome',
    ])
    const taken = this.#counter('upload_bytes_total', 'Bytes of uploads that came whole', [])
    return {
      write: async (key, body, options) => {
        const started = performance.now()
        const ended = (outcome: string) => uploads.observe({ outcome }, (performance.now() - started) / 1000)
        try {
          const stored = await storage.write(key, body, options)
          ended('ok')
          taken.inc(stored.bytes)
          return stored
        } catch (error) {
          ended(codeOf(error) ?? 'INTERNAL')
          throw error
        }
      },
    }
  }

  cache(counters: Readonly<CacheCounters>): void {
    for (const name of Object.keys(counters) as (keyof CacheCounters)[]) // a plain object of numbers
      this.#counted(`cache_${name}_total`, `Cache: ${name}`, () => counters[name])
  }

  /** Figures that somebody else counts, read when they are asked for. @param what such as `live`, put before each name */
  figures(what: string, read: () => Readonly<Record<string, number>>): void {
    for (const name of Object.keys(read())) {
      const words = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      this.#gauge(`${what}_${words}`, `${what}: ${name}`, () => read()[name] ?? 0)
    }
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => gauge.set(read()) })
  }

  #counted(name: string, help: string, read: () => number): void {
    const registers = [this.#registry]
    const collect = () => {
      counter.reset()
      counter.inc(read())
    }
    const counter: Counter = new Counter({ name, help, registers, collect })
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets: seconds, registers: [this.#registry] })
  }
}

/** The first word of a statement, such as `select`. */
export const kindOf = (sql: string): string => /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? 'other'
