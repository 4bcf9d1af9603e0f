import { type Message, MessageType, parseMessage } from 'graphql-ws'
import { errors } from '../../kit/errors.ts'
import { isRecord } from '../../kit/record.ts'
import { bearerToken } from '../bearer.ts'

/** Ids are kept with each operation, and clients use UUIDs. */
const longestId = 200

/** Undefined for what is not a message of the protocol. */
export function parseClientMessage(text: string): Message | undefined {
  try {
    const message = parseMessage(withQuery(JSON.parse(text)))
    return 'id' in message && message.id.length > longestId ? undefined : message
  } catch (error) {
    if (error instanceof Error) return undefined // JSON's complaint or the protocol's
    throw error
  }
}

/** The protocol wants a text even of an operation that names its document. */
function withQuery(message: unknown): unknown {
  if (!isRecord(message) || message['type'] !== MessageType.Subscribe) return message
  const { payload } = message
  if (!isRecord(payload) || 'query' in payload || !('documentId' in payload || 'extensions' in payload)) return message
  return { ...message, payload: { ...payload, query: '' } }
}

/**
 * The token in the parameters of a connection; null for nobody.
 * @throws UNAUTHENTICATED for one that is not even text
 */
export function tokenOf(parameters: Readonly<Record<string, unknown>>): string | null {
  const { Authorization, authorization, token } = parameters
  const given = Authorization ?? authorization ?? token ?? null
  if (given === null) return null
  if (typeof given !== 'string') throw errors.unauthenticated()
  return bearerToken(given)
}
