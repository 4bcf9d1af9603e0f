import type { Check } from '../load/client.ts'
import type { Door } from '../load/requests.ts'
import type { Server } from './server.ts'

/** Something that answers a scenario's requests. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly door: Door
  readonly check: Check
  /** What answers together: its CPU is added up. */
  readonly servers: readonly Server[]
}
