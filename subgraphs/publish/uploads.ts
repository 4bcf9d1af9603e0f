import { signTicket } from '../../kit/ticket.ts'
import { uploadIdOf } from './upload-id.ts'

/** How long a ticket can be used, in milliseconds: for a large file over a slow line. */
export const ticketLife = 60 * 60_000

interface Parts {
  /** Shared with the door that takes the file; at least 32 bytes. */
  readonly ticketKey: Uint8Array
  readonly maxUploadBytes: number
  readonly clock: () => number
  readonly random: (bytes: number) => Uint8Array
}

/** Opens uploads. Nothing is stored: the ticket says all, and what is sent is found by the upload's id. */
export class Uploads {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** @param origin where the client reaches us */
  open(userId: number, origin: string) {
    const { ticketKey, maxUploadBytes, clock, random } = this.#parts
    const uploadId = uploadIdOf(userId, random(16))
    const expiresAt = clock() + ticketLife
    const ticket = signTicket({ uploadId, ownerId: String(userId), maxBytes: maxUploadBytes, expiresAt }, ticketKey)
    return { uploadId, url: `${origin}/upload/${ticket}`, maxBytes: maxUploadBytes, expiresAt }
  }
}
