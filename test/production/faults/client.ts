import { setTimeout as sleep } from 'node:timers/promises'
import { Refused, type Timings } from './timings.ts'

/** A user of the app who does not give up: what was refused is tried again, under the same name, until it is answered. */
export class PatientClient {
  readonly url: string
  readonly id: number
  readonly #token: string
  readonly #timings: Timings

  constructor(url: string, account: { readonly id: number; readonly token: string }, timings: Timings) {
    this.url = url
    this.id = account.id
    this.#token = account.token
    this.#timings = timings
  }

  /** Resolves when it is acknowledged. @param role that does it */
  async write(role: string, mutation: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    using _ = this.#timings.waiting([role, 'user'])
    for (;;) {
      try {
        return await this.#timings.measure('write', async (signal, requestId) => {
          const body = JSON.stringify({ query: mutation, variables })
          const headers = {
            'content-type': 'application/json',
            'x-request-id': requestId,
            authorization: `Bearer ${this.#token}`,
          }
          const response = await fetch(`${this.url}/graphql`, { method: 'POST', headers, body, signal })
          const { data, errors } = await jsonOf(response)
          const done = Object.values(data ?? {}).every((payload) => payload !== null)
          if (!data || !done) throw new Refused(errors?.[0]?.extensions.code ?? `status ${response.status}`)
        })
      } catch {
        await sleep(50 + 100 * Math.random())
      }
    }
  }

  /** A page of the feed, by the old app's way. */
  async readFeed(): Promise<void> {
    try {
      await this.#timings.measure('read', async (signal, requestId) => {
        const response = await fetch(`${this.url}/douyin/feed/?token=${this.#token}`, {
          signal,
          headers: { 'x-request-id': requestId },
        })
        const { status_code, status_msg } = await jsonOf(response)
        if (status_code !== 0) throw new Refused(status_msg ?? `status ${response.status}`)
      })
    } catch {
      await sleep(50 + 100 * Math.random())
    }
  }
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
  readonly status_code?: number
  readonly status_msg?: string
}

/** An ingress refuses without a body. */
async function jsonOf(response: Response): Promise<Answer> {
  const text = await response.text()
  if (!text.startsWith('{')) throw new Refused(`status ${response.status}`)
  return JSON.parse(text) as Answer // the parts that are looked at
}
