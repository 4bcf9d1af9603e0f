import { LiveClient } from './client.ts'
import { type Person, people, socketUrl } from './people.ts'
import type { LiveStack } from './stack.ts'

/** With what two other services know of the sender. */
export const inbox = `subscription Inbox($after: String) {
  messageReceived(after: $after) {
    __typename
    cursor
    ... on MessageReceived { message { content sender { name followerCount } } }
  }
}`

export const sendMessage = `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }`

interface Received {
  readonly __typename: string
  readonly cursor: string
  readonly message?: { readonly content: string; readonly sender: { readonly name: string } | null }
}

export interface ChatterOptions {
  readonly onMessage: (content: string, to: Chatter) => void
  readonly returnsAfter?: (attempt: number) => number
}

/** Somebody with an open inbox, who goes on from the last cursor whatever happens. */
export class Chatter {
  readonly id: number
  readonly socket: LiveClient
  cursor: string | null = null
  /** Events without what another service knows; the price of one that is away. */
  incomplete = 0
  /** Announcements that the log is another one: nothing in a benchmark replaces it. */
  resets = 0

  constructor(url: string, { id, token }: Person, { onMessage, returnsAfter }: ChatterOptions) {
    this.id = id
    this.socket = new LiveClient({
      url,
      token,
      query: inbox,
      variables: () => ({ after: this.cursor }),
      onEvent: (event) => {
        const { __typename, cursor, message } = event as unknown as Received // what the query asks for
        this.cursor = cursor
        if (__typename === 'StreamReset') this.resets++
        if (!message) return
        if (!message.sender?.name) this.incomplete++
        onMessage(message.content, this)
      },
      ...(returnsAfter && { returnsAfter }),
    })
  }

  /** Resolves when it is acknowledged. @throws Refused */
  async send(to: Chatter, content: string, clientId: string): Promise<void> {
    await this.socket.ask(sendMessage, { input: { to: String(to.id), content, clientId } })
  }
}

export async function chatters(stack: LiveStack, count: number, options: ChatterOptions): Promise<Chatter[]> {
  const url = socketUrl(stack)
  return (await people(stack, count)).map((person) => new Chatter(url, person, options))
}
