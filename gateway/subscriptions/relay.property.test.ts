import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import type { ExecutionResult } from 'graphql'
import { errors } from '../../kit/errors.ts'
import { createLog } from '../../kit/log.ts'
import type { DataSource, SubgraphCall, SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import type { RequestScope } from '../../kit/viewer.ts'
import { eventually } from '../../test/testkit/eventually.ts'
import { HeldPlans } from './held-plans.ts'
import { SubscriptionPlanner } from './plan.ts'
import { Relay } from './relay.ts'
import { bindRequest } from './request.ts'
import type { Running, Sink } from './sink.ts'
import { deliveries, generation } from './testkit.ts'

// More cases, or a failed run again: node gateway/subscriptions/relay.property.test.ts <runs> <seed>
const [numRuns = 100, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)

const planner = new SubscriptionPlanner({ generation, deliveries })
const query = 'subscription($after: String) { said(room: "hall", after: $after) { text } }'

/** An owner with a log, whose subscriptions break when told to. */
class Owner implements DataSource<RequestScope> {
  readonly name = 'chat'
  length = 0
  away = false
  readonly open = new Set<{ wake(): void; fail(): void }>()

  async execute() {
    return { errors: [errors.unavailable('nothing but events')] }
  }

  async subscribe(
    { variables }: SubgraphCall,
    _scope: RequestScope,
    signal: AbortSignal,
  ): Promise<SubgraphEvents | ExecutionResult> {
    await turn()
    if (this.away) return { errors: [errors.unavailable('chat')] }
    let at = Number(variables['_resume_after'] ?? this.length)
    let waiting: PromiseWithResolvers<IteratorResult<ExecutionResult>> | undefined
    const self = {
      wake: () => {
        if (!waiting || at >= this.length) return
        const cursor = String(++at)
        waiting.resolve({ done: false, value: { data: { said: { text: cursor, _resume_cursor: cursor } } } })
        waiting = undefined
      },
      fail: () => {
        this.open.delete(self)
        waiting?.reject(errors.unavailable('chat'))
        dead = true
      },
    }
    let dead = false
    this.open.add(self)
    const over: IteratorResult<ExecutionResult> = { done: true, value: undefined }
    const end = async () => {
      this.open.delete(self)
      waiting?.resolve(over)
      return over
    }
    signal.addEventListener('abort', end)
    const events: SubgraphEvents = {
      next: () => {
        if (dead) return Promise.reject(errors.unavailable('chat'))
        waiting = Promise.withResolvers()
        const { promise } = waiting
        self.wake()
        return promise
      },
      return: end,
      [Symbol.asyncIterator]: () => events,
    }
    return events
  }

  say(): void {
    this.length++
    for (const each of [...this.open]) each.wake()
  }

  break(): void {
    for (const each of [...this.open]) each.fail()
  }
}

class Client implements Sink {
  readonly connection = this
  readonly got: number[] = []
  readonly from: number
  ready = true
  ended: unknown
  running: Running | undefined

  constructor(from: number) {
    this.from = from
  }

  next(payload: Buffer): void {
    assert.ok(this.ready, 'nothing is handed to a client that does not read')
    this.got.push(Number(JSON.parse(String(payload)).data.said.text))
  }

  fail(faults: unknown): void {
    this.ended = faults
  }

  complete(): void {
    this.ended = 'complete'
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), times: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), back: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('stall' as const, 'read' as const, 'leave' as const),
      who: fc.nat(10),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('break' as const, 'away' as const, 'back' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 20 }) }) },
)

test('whoever stalls, leaves or breaks, each client gets every event after its cursor, once and in order', async (t) => {
  const log = await createLog({ level: 'silent' })
  const plan = planner.plan(query)
  assert.ok(plan)
  let events = 0
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
    const owner = new Owner()
    const sources = new Map([['chat', owner]])
    const held = new HeldPlans({ process: plan.weight, connection: plan.weight })
    const relay = new Relay({ sources: () => sources, log, backoff: { delay: () => 0 } }, held)
    const clients: Client[] = []
    const read = (client: Client) => {
      client.ready = true
      client.running?.resume()
    }
    for (const step of steps) {
      const client = 'who' in step ? clients[step.who % Math.max(1, clients.length)] : undefined
      if (step.kind === 'say') for (let n = 0; n < step.times; n++) owner.say()
      else if (step.kind === 'join') {
        const joined = new Client(Math.max(0, owner.length - step.back))
        const request = bindRequest(plan, { after: String(joined.from) }, { viewer: { id: 1 }, origin: '' })
        joined.running = relay.join(request, joined)
        clients.push(joined)
      } else if (step.kind === 'wait') for (let n = 0; n < step.turns; n++) await turn()
      else if (step.kind === 'break') owner.break()
      else if (step.kind === 'away' || step.kind === 'back') owner.away = step.kind === 'away'
      else if (client && step.kind === 'stall') client.ready = false
      else if (client && step.kind === 'read') read(client)
      else if (client && step.kind === 'leave') {
        client.running?.leave()
        clients.splice(clients.indexOf(client), 1)
      }
    }
    owner.away = false
    for (const client of clients) read(client)
    const expected = clients.map(({ from }) => Array.from({ length: owner.length - from }, (_, n) => from + n + 1))
    await eventually(() => clients.every(({ got }, n) => got.length >= (expected[n]?.length ?? 0)))
    assert.deepEqual(
      clients.map(({ got }) => got),
      expected,
    )
    assert.deepEqual(
      clients.map(({ ended }) => ended),
      clients.map(() => undefined),
    )
    await eventually(() => relay.size === Math.min(1, clients.length))
    for (const { running } of clients) running?.leave()
    await eventually(() => relay.size === 0 && owner.open.size === 0)
    assert.equal(held.weight, 0)
    events += expected.flat().length
  })
  await fc.assert(property, { seed, numRuns })
  t.diagnostic(`seed ${seed}: ${events} events`)
})
