import { type Answered, Connection } from './connection.ts'

export interface BenchRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Whether an answer is a good one. Looks at bytes: parsing every answer would cost the machine more than sending it. */
export type Check = (status: number, body: Buffer) => boolean

/** An answer of the old app's door: `status_code` comes first. */
export const isSuccess: Check = (status, body) =>
  status === 200 && body.subarray(0, successStart.length).equals(successStart)
const successStart = Buffer.from('{"status_code":0,')

/** An answer of a graph: data, and no errors. */
export const isWithoutErrors: Check = (status, body) =>
  status === 200 && body.subarray(0, dataStart.length).equals(dataStart) && !body.includes(errorsKey)
const dataStart = Buffer.from('{"data":{')
const errorsKey = Buffer.from('"errors":[')

/** Connections that stay open, to one server. A request waits for one when all are taken. */
export class Client {
  readonly #url: URL
  readonly #check: Check
  readonly #most: number
  readonly #patienceMs: number
  readonly #free: Connection[] = []
  readonly #waiting: ((connection: Connection) => void)[] = []
  #open = 0
  /** The first answer that was not good, for the person who has to find out why. */
  firstBad: string | undefined

  constructor(url: string, check: Check, { connections = 128, patienceMs = 20_000 } = {}) {
    this.#url = new URL(url)
    this.#check = check
    this.#most = connections
    this.#patienceMs = patienceMs
  }

  /** @returns whether the answer was good; a request that got none was not */
  send(request: BenchRequest): Promise<boolean> {
    return new Promise((resolve) => {
      this.#ask(request, (error, status, body) => {
        const good = !error && this.#check(status, body)
        if (!good) this.firstBad ??= error?.message ?? `${status} ${body.subarray(0, 500).toString()}`
        resolve(good)
      })
    })
  }

  /** One answer as text, whatever it is. */
  text(request: BenchRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#ask(request, (error, _, body) => (error ? reject(error) : resolve(body.toString())))
    })
  }

  /** Once everything is answered. */
  close(): void {
    for (const connection of this.#free) connection.close()
  }

  #ask(request: BenchRequest, answered: Answered): void {
    const text = this.#textOf(request)
    const ask = (connection: Connection) =>
      connection.ask(text, (error, status, body) => {
        answered(error, status, body)
        this.#release(connection)
      })
    const connection = this.#take()
    if (connection) ask(connection)
    else this.#waiting.push(ask)
  }

  #take(): Connection | undefined {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      if (!free.isClosed) return free
      this.#open--
    }
    if (this.#open === this.#most) return undefined
    this.#open++
    return new Connection(this.#url, this.#patienceMs)
  }

  #release(connection: Connection): void {
    this.#free.push(connection)
    if (this.#waiting.length === 0) return
    const next = this.#take()
    if (next) this.#waiting.shift()?.(next)
  }

  #textOf({ method, path, headers, body }: BenchRequest): string {
    let text = `${method} ${path} HTTP/1.1\r\nhost: ${this.#url.host}\r\n`
    for (const name in headers) text += `${name}: ${headers[name]}\r\n`
    if (body !== undefined || method === 'POST') text += `content-length: ${Buffer.byteLength(body ?? '')}\r\n`
    return `${text}\r\n${body ?? ''}`
  }
}
