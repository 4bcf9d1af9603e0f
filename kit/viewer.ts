import { createHmac, timingSafeEqual } from 'node:crypto'
import { errors } from './errors.ts'

/** Who asks: a user whose token was verified. */
export interface Viewer {
  readonly id: number
}

/** @throws UNAUTHENTICATED without a viewer */
export function viewerOrThrow(viewer: Viewer | null): Viewer {
  if (viewer === null) throw errors.unauthenticated()
  return viewer
}

/** What travels with a request from door to database; a value in process, a signed envelope over the network. */
export interface RequestScope {
  readonly viewer: Viewer | null
  /** Names the request in every log line of every process. */
  readonly requestId: string
  /** `http(s)://host[:port]` under which the client reaches us, for absolute addresses in answers. */
  readonly origin: string
  /** When the answer is of no use any more, in milliseconds since 1970. */
  readonly deadline: number
}

/** The headers of a signed envelope. */
export const envelopeHeader = 'x-envelope'
export const signatureHeader = 'x-envelope-signature'

/** Signs scope and body together, so that neither can be taken from one request and put to another. */
export function sealEnvelope(scope: RequestScope, body: string, secret: string, now: number): Record<string, string> {
  const envelope = Buffer.from(JSON.stringify({ ...scope, sealedAt: now })).toString('base64url')
  return { [envelopeHeader]: envelope, [signatureHeader]: signature(envelope, body, secret) }
}

/** @throws UNAUTHENTICATED when the envelope is missing, forged or older than `maxAge` milliseconds */
export function openEnvelope(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  secret: string,
  now: number,
  maxAge = 30_000,
): RequestScope {
  const envelope = headers[envelopeHeader]
  const given = headers[signatureHeader]
  if (typeof envelope !== 'string' || typeof given !== 'string') throw errors.unauthenticated('unsigned request')
  const expected = Buffer.from(signature(envelope, body, secret))
  const actual = Buffer.from(given) // a character may be several bytes
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected))
    throw errors.unauthenticated('wrong signature')
  const { sealedAt, ...scope } = JSON.parse(Buffer.from(envelope, 'base64url').toString()) as RequestScope & {
    sealedAt: number
  }
  if (Math.abs(now - sealedAt) > maxAge) throw errors.unauthenticated('stale signature')
  return scope
}

const signature = (envelope: string, body: string, secret: string) =>
  createHmac('sha256', secret).update(envelope).update('\n').update(body).digest('base64url')
