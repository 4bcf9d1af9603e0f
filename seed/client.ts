import { setTimeout as sleep } from 'node:timers/promises'
import { SeedFault } from './fault.ts'

/** The server cannot be reached. */
export class NoAnswer extends SeedFault {}

/** The server refused an operation. */
export class Refused extends SeedFault {
  readonly code: string
  /** What it is about, such as `Comment`. */
  readonly subject: string | undefined
  readonly retryable: boolean

  constructor(operation: string, { message, extensions = {} }: AnswerError) {
    super(`${operation} was refused: ${message}`)
    this.code = extensions.code ?? ''
    this.subject = extensions.subject
    this.retryable = extensions.retryable ?? false
  }
}

interface AnswerError {
  readonly message: string
  readonly extensions?: { readonly code?: string; readonly subject?: string; readonly retryable?: boolean }
}

interface Answer {
  readonly data?: unknown
  readonly errors?: AnswerError[]
}

/** How long one request may take; the first publishing on a busy machine takes seconds. */
const patienceMs = 60_000
const mostAttempts = 6

/** What a client of the graph can do: run operations, and send files to the addresses that it is given. */
export class GraphClient {
  readonly url: string
  readonly #signal: AbortSignal

  /** @param signal gives up whatever runs */
  constructor(url: string, signal: AbortSignal) {
    this.url = url.replace(/\/+$/, '')
    this.#signal = signal
  }

  /**
   * Runs an operation that is safe to repeat: it is sent again when the server says that this may help.
   * @throws Refused with the first error, NoAnswer
   */
  async run<Data>(operation: string, variables: Readonly<Record<string, unknown>> = {}, token?: string): Promise<Data> {
    for (let attempt = 1; ; attempt++)
      try {
        return (await this.#ask(operation, variables, token)) as Data // the caller knows what it asked for
      } catch (error) {
        if (!(error instanceof Refused && error.retryable && attempt < mostAttempts)) throw error
        await sleep(100 * 2 ** attempt, undefined, { signal: this.#signal })
      }
  }

  async upload(address: string, file: Uint8Array): Promise<void> {
    const body = file as Uint8Array<ArrayBuffer> // no file of ours is in shared memory
    const { status, text } = await this.#send(address, { method: 'PUT', body })
    if (status !== 201) throw new SeedFault(`the upload was refused with ${status}: ${text.slice(0, 200)}`)
  }

  async #ask(query: string, variables: Readonly<Record<string, unknown>>, token: string | undefined): Promise<unknown> {
    const { status, text } = await this.#send(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = parsed(text)
    const error = Array.isArray(errors) ? errors[0] : undefined
    if (error) throw new Refused(/\w+ (\w+)/.exec(query)?.[1] ?? 'the operation', error)
    if (!data) throw new SeedFault(`${this.url} is not this app: it answers ${status} without data`)
    return data
  }

  async #send(address: string, request: RequestInit): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(patienceMs)])
    try {
      const response = await fetch(address, { ...request, signal })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      this.#signal.throwIfAborted()
      throw new NoAnswer(`no answer from ${new URL(address).origin}: ${reason(error)}`)
    }
  }
}

function parsed(text: string): Answer {
  try {
    return (JSON.parse(text) ?? {}) as Answer // whatever it is, only fields that may be missing are read
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** The innermost cause, as `fetch` itself only says that it failed. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return reason(error.cause)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
