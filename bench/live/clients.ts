import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Opening {
  readonly url: string
  /** One socket for each. */
  readonly tokens: readonly string[]
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/** Clients in a process of their own, so that they cost the measured one nothing. */
export const startClients = (): ChildProcess => fork(import.meta.filename)

/** Resolves when all are acknowledged and have sent their subscription. */
export async function open(clients: ChildProcess, opening: Opening): Promise<void> {
  const done = once(clients, 'message')
  clients.send(opening)
  await done
}

/** How many messages all clients together have received. */
export async function received(clients: ChildProcess): Promise<number> {
  const answer = once(clients, 'message')
  clients.send('received')
  return Number((await answer)[0])
}

let count = 0

async function connect(token: string, { url, query, variables = {} }: Opening): Promise<void> {
  const ws = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false, skipUTF8Validation: true })
  await once(ws, 'open')
  ws.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }))
  await once(ws, 'message')
  ws.on('message', () => {
    count++
  })
  ws.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }))
}

if (process.send && process.argv[1] === import.meta.filename)
  process.on('message', async (message: Opening | 'received') => {
    if (message === 'received') process.send?.(count)
    else {
      for (let from = 0; from < message.tokens.length; from += 100)
        await Promise.all(message.tokens.slice(from, from + 100).map((token) => connect(token, message)))
      process.send?.('open')
    }
  })
