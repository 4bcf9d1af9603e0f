import type { ExecutionResult } from 'graphql'
import type { Bus, Listener } from '../../kit/bus/bus.ts'
import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import type { Subgraph } from '../../kit/subgraph/subgraph.ts'
import {
  type Answer,
  type HarnessOptions,
  type SubgraphHarness,
  scopeOf,
  startSubgraph,
} from '../../test/testkit/subgraph.ts'
import { type MessageServices, message } from './index.ts'

export const owners = { user: (_: string, id: number) => ({ id: String(id) }) }

export const sendMessage = `mutation ($to: ID!, $content: String!, $clientId: String) {
  sendMessage(input: { to: $to, content: $content, clientId: $clientId }) { message { id } } }`

const messageReceived = `subscription ($after: String) {
  messageReceived(after: $after) {
    __typename cursor
    ... on MessageReceived { message { id content sender { id } recipient { id } } }
    ... on StreamReset { reason }
  }
}`

export interface LiveGraph extends SubgraphHarness<MessageServices> {
  /** Opens a subscription as the gateway does. @throws the error that it is refused with */
  subscribe(
    operation: string,
    variables: object,
    viewerId: number | null,
    signal?: AbortSignal,
  ): Promise<SubgraphEvents>
  /** The same for the inbox. */
  receive(viewerId: number | null, after?: string): Promise<SubgraphEvents>
}

export async function startLive(options: HarnessOptions<MessageServices>): Promise<LiveGraph> {
  let subgraph: Subgraph | undefined
  const harness = await startSubgraph<MessageServices>(
    async (services) => {
      subgraph = await message(services)
      return subgraph
    },
    { owners, ...options },
  )
  const source = new InProcessDataSource(subgraph as Subgraph) // made just above
  const subscribe: LiveGraph['subscribe'] = async (operation, variables, viewerId, signal = neverAborted) => {
    const call = { kind: 'subscription', operation, variables: { ...variables } } as const
    const result = await source.subscribe(call, scopeOf(viewerId === null ? null : { id: viewerId }), signal)
    if (!(Symbol.asyncIterator in result)) throw result.errors?.[0]?.originalError ?? result.errors?.[0]
    return result
  }
  const receive: LiveGraph['receive'] = (viewerId, after) =>
    subscribe(messageReceived, after === undefined ? {} : { after }, viewerId)
  return Object.assign(harness, { subscribe, receive })
}

const neverAborted = new AbortController().signal

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

/** A bus that loses hints, without a word. */
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
