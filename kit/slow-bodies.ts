import type { IncomingMessage } from 'node:http'

/** How often is looked, in a body's patience. */
const looks = 4

/**
 * Cuts off who does not send the body that was announced: it would hold its socket, and what came so far, for ever. One
 * timer for all requests, as nearly all bodies are there at once. Files take as long as they take, and have limits of
 * their own.
 */
export class SlowBodies {
  readonly #patience: number
  readonly #since = new Map<IncomingMessage, number>()
  readonly #timer: NodeJS.Timeout

  /** @param patience for a whole body, in milliseconds */
  constructor(patience: number) {
    this.#patience = patience
    this.#timer = setInterval(() => this.#look(), patience / looks).unref()
  }

  /** @param request whose headers were read just now */
  watch(request: IncomingMessage): void {
    const { method, headers } = request
    if (method === 'GET' || method === 'PUT' || headers['content-type']?.startsWith('multipart/')) return
    this.#since.set(request, performance.now())
  }

  /** It was answered, or is gone. */
  forget(request: IncomingMessage): void {
    this.#since.delete(request)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const latest = performance.now() - this.#patience
    for (const [request, since] of this.#since) {
      if (since > latest) return // they are in the order in which they came
      this.#since.delete(request)
      if (!request.complete) request.destroy()
    }
  }
}
