import type { Deliveries } from '../gateway/subscriptions/delivery.ts'

/** What each subscription promises to who reads slowly or comes back. */
export const deliveries: Deliveries = { messageReceived: { argument: 'after', field: 'cursor' } }
