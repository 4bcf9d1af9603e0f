import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { Resource } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Statement } from './database/database.ts'
import { kindOf } from './metrics.ts'
import type { PlanPoint, SubgraphCallPoint } from './trace-points.ts'

export interface Tracing {
  /** To be told of every SQL statement after it ran. */
  statement(statement: Statement): void
  /** Sends what is still here. */
  stop(): Promise<void>
}

/** What a channel's message is made into. */
interface Named {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  /** Where the span belongs when that is not where the code runs. */
  readonly parent?: Context
}

interface Traced {
  readonly async?: boolean
  readonly error?: unknown
}

interface FastifyMessage {
  readonly request: { readonly method: string; readonly headers: object; readonly id: string }
  readonly route: { readonly url: string }
}

interface UndiciMessage {
  readonly request: {
    readonly method: string
    readonly origin: string
    readonly path: string
    addHeader(name: string, value: string): void
  }
  readonly response?: { readonly statusCode: number }
  readonly error?: Error
}

const getter = {
  keys: (carrier: object) => Object.keys(carrier),
  get: (carrier: object, key: string) => (carrier as Record<string, string | undefined>)[key], // headers
}
const propagator = new W3CTraceContextPropagator()
/** Probes come every second, and tell nothing. */
const unwatched = /^\/(healthz|readyz|metrics)$/

/**
 * Sends a trace of each request to where `OTEL_EXPORTER_OTLP_ENDPOINT` says: front door, plan, subgraph calls, SQL, Redis,
 * through all processes that it passes. Listens to what the libraries publish, so nothing is patched and nothing has to be
 * loaded before anything else. The standard variables `OTEL_*` are read by the exporter itself.
 */
export function startTracing(service: string): Tracing {
  const provider = new BasicTracerProvider({
    resource: new Resource({ 'service.name': service, 'process.pid': process.pid }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  const tracer = provider.getTracer('simple-douyin')
  const store = new AsyncLocalStorage<Context>()
  const active = () => store.getStore() ?? ROOT_CONTEXT
  const begin = ({ name, kind = SpanKind.INTERNAL, attributes = {}, parent = active() }: Named) => {
    const span = tracer.startSpan(name, { kind, attributes }, parent)
    return { span, context: trace.setSpan(parent, span) }
  }

  /** A span from the start of a traced function to the end of its promise. */
  const watch = <Message extends object>(channelName: string, named: (message: Message) => Named | undefined) => {
    const open = new WeakMap<object, Span>()
    const end = (message: Message & Traced) => {
      const span = open.get(message)
      if (message.error !== undefined) fail(span, message.error)
      span?.end()
      open.delete(message)
    }
    const channel = tracingChannel<Message, Context>(channelName)
    channel.start.bindStore(store, (message) => {
      const wanted = named(message)
      if (!wanted) return active()
      const { span, context } = begin(wanted)
      open.set(message, span)
      return context
    })
    channel.subscribe({
      start() {},
      asyncStart() {},
      error() {},
      asyncEnd: end,
      end: (message: Message & Traced) => {
        // Of a promise, this is only the end of the call that made it.
        if (message.async === false || message.error !== undefined || 'result' in message) end(message)
      },
    })
  }

  watch<FastifyMessage>('fastify.request.handler', ({ request, route }) =>
    unwatched.test(route.url)
      ? undefined
      : {
          name: `${request.method} ${route.url}`,
          kind: SpanKind.SERVER,
          attributes: { 'http.request.method': request.method, 'http.route': route.url, 'request.id': request.id },
          parent: propagator.extract(ROOT_CONTEXT, request.headers, getter),
        },
  )
  watch<SubgraphCallPoint>('douyin.subgraph.call', ({ subgraph, kind }) => ({
    name: `subgraph ${subgraph}`,
    attributes: { 'graphql.operation.type': kind },
  }))
  watch<PlanPoint>('douyin.plan', ({ operationName = '' }) => ({
    name: 'plan',
    attributes: { 'graphql.operation.name': operationName },
  }))
  watch<{ command: string }>('ioredis:command', ({ command }) => ({
    name: `redis ${command}`,
    kind: SpanKind.CLIENT,
    attributes: { 'db.system': 'redis' },
  }))
  watchRequests((named) => begin(named))

  return {
    statement({ sql, durationMs }) {
      const startTime = Date.now() - durationMs
      const attributes = { 'db.system': 'sql', 'db.query.text': sql }
      tracer.startSpan(kindOf(sql), { kind: SpanKind.CLIENT, startTime, attributes }, active()).end()
    },
    stop: () => provider.shutdown(),
  }
}

/** HTTP requests of ours, which carry the trace to the process that they go to. */
function watchRequests(begin: (named: Named) => { span: Span; context: Context }): void {
  const open = new WeakMap<object, Span>()
  const on = (event: string, handle: (message: UndiciMessage, span: Span | undefined) => void) =>
    subscribe(`undici:request:${event}`, (message) => {
      const known = message as UndiciMessage // as undici publishes it
      handle(known, open.get(known.request))
    })
  on('create', ({ request }) => {
    if (unwatched.test(request.path)) return
    const { span, context } = begin({
      name: `${request.method} ${request.path.split('?')[0]}`,
      kind: SpanKind.CLIENT,
      attributes: { 'http.request.method': request.method, 'server.address': request.origin },
    })
    open.set(request, span)
    propagator.inject(context, request, { set: (to, name, value) => to.addHeader(name, value) })
  })
  on('headers', ({ response }, span) => span?.setAttribute('http.response.status_code', response?.statusCode ?? 0))
  on('trailers', (_, span) => span?.end())
  on('error', ({ error }, span) => {
    fail(span, error)
    span?.end()
  })
}

function fail(span: Span | undefined, error: unknown): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
}
