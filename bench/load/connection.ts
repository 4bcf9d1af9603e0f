import { connect, type Socket } from 'node:net'

export type Answered = (error: Error | undefined, status: number, body: Buffer) => void

const endOfHead = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

/**
 * One connection that asks and reads one answer after the other (HTTP/1.1, RFC 9112) into the same memory. A driver that
 * leaves garbage behind stands still now and then, and takes that for the server's latency.
 */
export class Connection {
  readonly #socket: Socket
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #length = 0
  #head: Head | undefined
  #answered: Answered | undefined
  #closed: Error | undefined

  /** @param patienceMs how long the other end may say nothing while it is asked */
  constructor(url: URL, patienceMs: number) {
    const buffer = Buffer.allocUnsafe(64 * 1024)
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          this.#read(buffer, size)
          return true
        },
      },
    })
    this.#socket.setTimeout(patienceMs)
    this.#socket.on('timeout', () => {
      if (this.#answered) this.#socket.destroy(new Error(`no answer within ${patienceMs} ms`))
    })
    this.#socket.on('error', (error) => this.#end(error))
    for (const event of ['end', 'close'])
      this.#socket.on(event, () => this.#end(new Error('the server has closed the connection')))
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /**
   * @param request head and body, as they are sent
   * @param answered gets bytes that are its own only until it returns
   */
  ask(request: string, answered: Answered): void {
    if (this.#closed) {
      answered(this.#closed, 0, nothing)
      return
    }
    this.#answered = answered
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }

  #end(error: Error): void {
    this.#closed ??= error
    const answered = this.#answered
    this.#answered = undefined
    answered?.(error, 0, nothing)
  }

  #read(buffer: Uint8Array, size: number): void {
    if (this.#length + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + size))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(buffer.subarray(0, size), this.#length)
    this.#length += size
    const received = this.#bytes.subarray(0, this.#length)
    this.#head ??= headOf(received)
    if (!this.#head) return
    const body = bodyOf(this.#head, received)
    if (body) this.#answer(this.#head, body)
  }

  #answer({ status, isLast }: Head, body: Buffer): void {
    const answered = this.#answered
    this.#answered = this.#head = undefined
    this.#length = 0
    if (isLast || !answered) {
      this.#closed = new Error(answered ? 'the server has said goodbye' : 'an answer that nobody asked for')
      this.#socket.destroy()
    }
    answered?.(undefined, status, body)
  }
}

interface Head {
  readonly status: number
  /** Where the body begins. */
  readonly bodyAt: number
  /** Of the body; undefined when it comes in chunks. */
  readonly length: number | undefined
  /** Whether the connection ends with this answer. */
  readonly isLast: boolean
}

/** Undefined while it is not all there. */
function headOf(received: Buffer): Head | undefined {
  const end = received.indexOf(endOfHead)
  if (end < 0) return undefined
  const head = received.toString('latin1', 0, end)
  const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head)
  return {
    status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)),
    bodyAt: end + endOfHead.length,
    length: isChunked ? undefined : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0),
    isLast: /\r\nconnection: *close/i.test(head),
  }
}

/** Undefined while it is not all there. */
function bodyOf({ bodyAt, length }: Head, received: Buffer): Buffer | undefined {
  if (length === undefined) return dechunked(received.subarray(bodyAt))
  return received.length < bodyAt + length ? undefined : received.subarray(bodyAt, bodyAt + length)
}

function dechunked(received: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = received.indexOf(lineEnd, at)
    if (end < 0) return undefined
    const size = Number.parseInt(received.toString('latin1', at, end), 16)
    const from = end + lineEnd.length
    if (received.length < from + size + lineEnd.length) return undefined
    if (size === 0) return parts.length === 1 ? parts[0] : Buffer.concat(parts)
    parts.push(received.subarray(from, from + size))
    at = from + size + lineEnd.length
  }
}
