import type { ExecutionResult } from 'graphql'
import type { Bus, Listener } from '../../kit/bus/bus.ts'
import type { Services } from '../../kit/services.ts'
import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import type { Subgraph } from '../../kit/subgraph/subgraph.ts'
import { type Answer, type HarnessOptions, type SubgraphHarness, scopeOf, startSubgraph } from './subgraph.ts'

export interface LiveHarness<More> extends SubgraphHarness<More> {
  /** Opens a subscription as the gateway does. @throws the error that it is refused with */
  subscribe(operation: string, variables?: object, viewerId?: number | null): Promise<SubgraphEvents>
}

/** The same as {@link startSubgraph}, with subscriptions. */
export async function startLiveSubgraph<More = object>(
  create: (services: Services & More) => Promise<Subgraph>,
  options: HarnessOptions<More>,
): Promise<LiveHarness<More>> {
  let subgraph: Subgraph | undefined
  const harness = await startSubgraph<More>(async (services) => {
    subgraph = await create(services)
    return subgraph
  }, options)
  const source = new InProcessDataSource(subgraph as Subgraph) // made just above
  const subscribe: LiveHarness<More>['subscribe'] = async (operation, variables = {}, viewerId = null) => {
    const call = { kind: 'subscription', operation, variables: { ...variables } } as const
    const scope = scopeOf(viewerId === null ? null : { id: viewerId })
    const result = await source.subscribe(call, scope, new AbortController().signal)
    if (!(Symbol.asyncIterator in result)) throw result.errors?.[0]?.originalError ?? result.errors?.[0]
    return result
  }
  return Object.assign(harness, { subscribe })
}

/** The next event, as the root field has it. @throws when there is none */
export async function nextEvent(events: SubgraphEvents, withinMs = 5_000): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no event within ${withinMs} ms`)), withinMs)
  try {
    const { done, value } = await Promise.race([events.next(), late.promise])
    if (done) throw new Error('the subscription has ended')
    return eventOf(value)
  } finally {
    clearTimeout(timer)
  }
}

export function eventOf({ data, errors }: ExecutionResult): Answer {
  if (errors?.[0]) throw errors[0].originalError ?? errors[0]
  return Object.values(data ?? {})[0] as Answer // a subscription has one root field
}

/** A bus that loses a share of the hints, without a word. */
export const lossyBus = (bus: Bus, random: () => number, share: number): Pick<Bus, 'publish' | 'on'> => ({
  publish: async (channel, payload) => {
    if (random() >= share) await bus.publish(channel, payload)
  },
  on: (channel, listener) => {
    const sometimes: Listener = (item) => {
      if (random() >= share) listener(item)
    }
    return bus.on(channel, sometimes)
  },
})
