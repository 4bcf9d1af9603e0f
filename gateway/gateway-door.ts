import { verifyTicket } from '../kit/ticket.ts'
import type { GraphDoor } from './door.ts'
import type { Gateway } from './gateway.ts'
import { receiveUpload, type Uploads } from './receive-upload.ts'

export interface GatewayDoorOptions {
  readonly gateway: Gateway
  readonly uploads: Uploads
  /** Verifies upload tickets. */
  readonly ticketKey: Uint8Array
  readonly clock?: () => number
}

/** The door of the gateway's own process: function calls, no HTTP. */
export const gatewayDoor = ({ gateway, uploads, ticketKey, clock = Date.now }: GatewayDoorOptions): GraphDoor => ({
  execute: (operation, variables, caller) => gateway.execute(operation, variables, caller),
  async upload(url, file, { signal }) {
    const ticket = verifyTicket(url.slice(url.lastIndexOf('/') + 1), ticketKey, clock())
    return receiveUpload(uploads, ticket, file, signal ? { signal } : {})
  },
})
