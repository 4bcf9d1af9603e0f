import type { Deliveries } from '../gateway/subscriptions/delivery.ts'

const resumable = { argument: 'after', field: 'cursor' } as const

/** What each subscription promises to who reads slowly or comes back. */
export const deliveries: Deliveries = {
  messageReceived: resumable,
  notificationReceived: resumable,
  videoChanged: 'latest',
  friendActivity: 'state',
}
