import type { ServerResponse } from 'node:http'
import type { GraphQLFormattedError } from 'graphql'
import type { Connection } from './connections.ts'
import type { Live } from './live.ts'
import type { Running, Sink } from './sink.ts'

const next = Buffer.from('event: next\ndata: ')
const endOfEvent = Buffer.from('\n\n')

/** One operation over server-sent events, which is a connection of its own. */
export class Stream implements Connection, Sink {
  readonly connection = this
  /** Whether its operation ends by itself: drains wait for it. */
  single = true
  readonly #response: ServerResponse
  readonly #live: Live
  #running: Running | undefined
  #over = false
  #held = false

  constructor(response: ServerResponse, live: Live) {
    this.#response = response
    this.#live = live
    live.connections.add(this)
    response.on('close', () => this.#closed())
    response.on('error', () => {}) // 'close' follows
    if (response.destroyed) this.#closed()
  }

  /** Something else answers the request. */
  forget(): void {
    this.#over = true
    this.#live.connections.delete(this)
  }

  get over(): boolean {
    return this.#over
  }

  open(): void {
    // A peer that takes nothing of what waits for it is gone, also when the stream has ended; one that takes some is slow.
    this.#response.setTimeout(this.#live.caps.pingEvery, () => {
      if (this.#response.writableLength > 0) this.destroy()
    })
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    this.#response.write(':\n\n') // a proxy may hold back a head without a body
  }

  started(running: Running): void {
    if (this.#over) running.leave()
    else this.#running = running
  }

  get ready(): boolean {
    const ready = this.#response.writableLength < this.#live.caps.waitingBytes
    if (!ready) this.#held = true
    return ready
  }

  next(payload: Buffer): void {
    if (!this.#over) this.#response.write(Buffer.concat([next, payload, endOfEvent]), this.#flushed)
  }

  fail(faults: readonly GraphQLFormattedError[]): void {
    this.next(Buffer.from(JSON.stringify({ errors: faults })))
    this.complete()
  }

  complete(): void {
    if (this.#over) return
    this.#over = true
    this.#response.end('event: complete\ndata: \n\n')
  }

  /** A comment, so that a peer without news has something to take. */
  beat(): void {
    if (!this.#over && this.#response.writableLength === 0) this.#response.write(':\n\n')
  }

  /** Without `complete`: the client comes back by itself, or learns on its next request why it can't. */
  end(): void {
    this.#leave()
    this.#response.end()
  }

  retire(): void {
    if (!this.single) this.end()
  }

  destroy(): void {
    this.#response.destroy()
  }

  readonly #flushed = (): void => {
    if (!(this.#held && this.ready)) return
    this.#held = false
    this.#running?.resume()
  }

  #leave(): void {
    if (this.#over) return
    this.#over = true
    this.#running?.leave()
  }

  #closed(): void {
    this.#live.connections.delete(this)
    this.#leave()
  }
}
