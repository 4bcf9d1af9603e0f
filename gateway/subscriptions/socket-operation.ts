import type { GraphQLFormattedError } from 'graphql'
import { MessageType } from 'graphql-ws'
import type { Running, Sink } from './sink.ts'

/** What an operation needs of its socket. */
export interface Way {
  readonly ready: boolean
  send(message: string | Buffer): void
  /** The operation is over, and its id free. */
  release(operation: SocketOperation): void
}

const tail = 0x7d // the closing brace

/** One operation on a socket; the id is the client's. */
export class SocketOperation implements Sink {
  readonly id: string
  /** Whether it ends by itself: drains wait for it. */
  single = true
  readonly #way: Way
  #head: Buffer | undefined
  #running: Running | undefined
  #over = false

  constructor(id: string, way: Way) {
    this.id = id
    this.#way = way
  }

  get over(): boolean {
    return this.#over
  }

  get connection(): object {
    return this.#way
  }

  get ready(): boolean {
    return this.#way.ready
  }

  started(running: Running): void {
    if (this.#over) running.leave()
    else this.#running = running
  }

  resume(): void {
    this.#running?.resume()
  }

  /** The payload is the same for all who share it; only the id around it is not. */
  next(payload: Buffer): void {
    if (this.#over) return
    this.#head ??= Buffer.from(`{"id":${JSON.stringify(this.id)},"type":"${MessageType.Next}","payload":`)
    const frame = Buffer.allocUnsafe(this.#head.length + payload.length + 1)
    this.#head.copy(frame)
    payload.copy(frame, this.#head.length)
    frame[frame.length - 1] = tail
    this.#way.send(frame)
  }

  fail(faults: readonly GraphQLFormattedError[]): void {
    if (this.#over) return
    this.#way.send(JSON.stringify({ id: this.id, type: MessageType.Error, payload: faults }))
    this.#end()
  }

  complete(): void {
    if (this.#over) return
    this.#way.send(JSON.stringify({ id: this.id, type: MessageType.Complete }))
    this.#end()
  }

  /** The client has ended it, or is gone. Whatever is under way for it ends at once. */
  cancel(): void {
    if (this.#over) return
    this.#end()
    this.#running?.leave()
  }

  #end(): void {
    this.#over = true
    this.#way.release(this)
  }
}
