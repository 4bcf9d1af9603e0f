import type { GraphQLSchema } from 'graphql'

/**
 * What happens to events for a client that reads too slowly, and to a subscription whose owner is away for a while.
 *
 * `latest`: every event replaces those before it. A slow client gets the newest one when it reads again, one that joins
 * gets it at once, and an owner that comes back is asked anew without anybody's notice.
 *
 * `state`: an opening tells how everything stands, and then what changes. Nobody joins another's, as what was told before
 * would be missing; a slow client holds up its own source, whose part it is to leave out what is outdated; and an owner
 * that comes back is asked anew, which tells everything again.
 *
 * `resume`: every event counts. A client that does not read gets its operation closed with a retryable error, as does
 * everyone when the owner goes away; nothing is ever left out silently.
 *
 * With a cursor, `resume` happens unseen: the gateway asks for `field` of each event, and goes on from the last one that
 * was handed over by passing it as `argument`. `argument` is of type String, null for "from now on".
 */
export type Delivery = 'latest' | 'state' | 'resume' | CursorDelivery

export interface CursorDelivery {
  readonly argument: string
  readonly field: string
}

/** By root field; `resume` for those that are not listed. */
export type Deliveries = Readonly<Record<string, Delivery>>

/** @throws when the table speaks of what the schema does not have */
export function checkDeliveries(schema: GraphQLSchema, deliveries: Deliveries): void {
  const fields = schema.getSubscriptionType()?.getFields() ?? {}
  for (const [name, delivery] of Object.entries(deliveries)) {
    const field = fields[name]
    if (!field) throw new Error(`there is no subscription ${name}`)
    if (typeof delivery === 'string') continue
    const argument = field.args.find((arg) => arg.name === delivery.argument)
    if (String(argument?.type) !== 'String') throw new Error(`${name} has no argument ${delivery.argument}: String`)
  }
}
