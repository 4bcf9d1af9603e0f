import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { LegacyClient } from '../contract/legacy-client.ts'
import { eventually } from '../testkit/eventually.ts'
import { graphql } from '../testkit/graphql.ts'
import { skipStack, startStack } from '../testkit/stack.ts'

interface Span {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] }
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[]
  }[]
}

/** Takes what processes export, as a collector of traces does. */
async function startCollector() {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as Exported // by the exporter of the standard
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
      for (const each of scopeSpans) spans.push(...each.spans.map((span) => ({ service, ...span })))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    spans,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on a port
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

for (const kind of ['embedded', 'cluster'] as const)
  test(`a request is one trace from its door to the database, ${kind}`, { skip: skipStack(kind) }, async () => {
    await using collector = await startCollector()
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' }
    await using stack = await startStack({ kind, env })
    const app = new LegacyClient(stack.url)
    const ann = await app.register('ann')
    await app.video(ann, 'traced')
    await app.get('/douyin/feed/', {}, ann.token)
    await graphql(stack.url, '{ viewer { name } }', { token: ann.token })

    const path = (span: Span): Span[] => {
      const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId)
      return parent ? [...path(parent), span] : [span]
    }
    await eventually(() => {
      const select = collector.spans
        .filter(({ name }) => name === 'select')
        .map(path)
        .find(
          ([door, ...between]) =>
            door?.name === 'GET /douyin/feed/' && between.some(({ name }) => name === 'subgraph feed'),
        )
      assert.ok(select, 'no statement below the door')
      assert.equal(new Set(select.map(({ traceId }) => traceId)).size, 1)
      if (kind === 'embedded') return
      assert.deepEqual(
        select.map(({ service, name }) => `${service}: ${name}`),
        [
          'rest-adapter: GET /douyin/feed/',
          'rest-adapter: POST /graphql',
          'gateway: POST /graphql',
          'gateway: subgraph feed',
          'gateway: POST /subgraphs/feed',
          'feed: POST /subgraphs/feed',
          'feed: select',
        ],
      )
    }, 10_000)
    await eventually(() => {
      const plans = collector.spans.filter(({ name }) => name === 'plan')
      assert.ok(plans.some((plan) => path(plan).some(({ name }) => name === 'POST /graphql')))
    }, 10_000)
    const names = new Set(collector.spans.map(({ name }) => name))
    assert.ok(![...names].some((name) => /healthz|readyz|metrics/.test(name)))
    if (kind === 'cluster') assert.ok([...names].some((name) => name.startsWith('redis ')))
  })
