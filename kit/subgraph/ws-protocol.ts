/**
 * What a gateway and a subgraph of ours say to each other besides graphql-transport-ws. Both extensions keep to the
 * protocol, so that its usual tools can watch the traffic.
 *
 * Envelopes: one connection carries the subscriptions of all viewers, so nothing about a viewer belongs to the
 * connection. Each subscribe message brings its own envelope, signed over its query and variables, in `extensions`; the
 * one in the parameters of the connection only proves that the peer is a process of ours.
 *
 * Credit: a subgraph may send as many events of a subscription as it has credit for. {@link initialCredit} comes with
 * subscribing, more in pings with a payload of `{id, credit}`. A client that stops reading thereby stops the source of
 * its events, two processes away, without holding up anybody else's on the same connection.
 */
export const initialCredit = 16

/** What the envelope of a connection is signed over. */
export const connectionBody = 'graphql-transport-ws'

/** What the envelope of a subscription is signed over; the same text before and after a way through JSON. */
export const subscriptionBody = (
  query: string,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): string => JSON.stringify({ query, variables: variables ?? {} })

/** Events that a subscription may send more of, as told in a ping. */
export interface Credit {
  readonly id: string
  readonly credit: number
}

export const isCredit = (payload: unknown): payload is Credit =>
  typeof payload === 'object' &&
  payload !== null &&
  'id' in payload &&
  typeof payload.id === 'string' &&
  'credit' in payload &&
  Number.isSafeInteger(payload.credit) &&
  Number(payload.credit) > 0
