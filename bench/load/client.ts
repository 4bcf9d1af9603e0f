import { Pool } from 'undici'

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

/** Connections that stay open, to one server. */
export class Client {
  readonly #pool: Pool
  readonly #check: Check
  /** The first answer that was not good, for the person who has to find out why. */
  firstBad: string | undefined

  constructor(url: string, check: Check, connections = 128) {
    this.#pool = new Pool(url, { connections, pipelining: 1, bodyTimeout: 20_000, headersTimeout: 20_000 })
    this.#check = check
  }

  /** @returns whether the answer was good; a request that got none was not */
  async send({ method, path, headers = {}, body }: BenchRequest): Promise<boolean> {
    try {
      const response = await this.#pool.request({ method, path, headers, body: body ?? null })
      const bytes = Buffer.from(await response.body.arrayBuffer())
      const good = this.#check(response.statusCode, bytes)
      if (!good) this.firstBad ??= `${response.statusCode} ${bytes.subarray(0, 500).toString()}`
      return good
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.firstBad ??= error.message
      return false
    }
  }

  /** One answer as text, whatever it is. */
  async text({ method, path, headers = {}, body }: BenchRequest): Promise<string> {
    return (await this.#pool.request({ method, path, headers, body: body ?? null })).body.text()
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
