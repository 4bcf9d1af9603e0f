import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../kit/errors.ts'
import { isKey } from '../kit/storage/key.ts'
import type { ObjectStorage, StoredObject } from '../kit/storage/storage.ts'
import { verifyTicket } from '../kit/ticket.ts'
import { parseRange } from './byte-range.ts'
import { replyError } from './media-errors.ts'
import { incomingPrefix, receiveUpload, type Uploads } from './receive-upload.ts'

export interface MediaOptions {
  readonly storage: ObjectStorage
  /** The same storage by default. */
  readonly uploads?: Uploads
  /** Signs upload tickets; at least 32 bytes. */
  readonly ticketKey: Uint8Array
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly stallMs?: number
  /** How long a refused sender may go on talking before it is cut off: closed at once, it would not read the answer. */
  readonly lingerMs?: number
}

const types: Record<string, string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
}
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-ranges, content-length, content-range, etag',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
}
const preflightHeaders = {
  'access-control-allow-methods': 'GET, HEAD, PUT, OPTIONS',
  'access-control-allow-headers': 'content-type, if-none-match, if-range, range',
  'access-control-max-age': '86400',
}

/** `GET|HEAD /media/<key>` and `PUT /upload/<ticket>`, for any origin: neither looks at cookies. */
export async function media(app: FastifyInstance, options: MediaOptions): Promise<void> {
  const { storage, uploads = storage, ticketKey, now = Date.now, stallMs = 30_000, lingerMs = 10_000 } = options
  app.setErrorHandler(replyError)
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(corsHeaders)
  })
  for (const url of ['/media/*', '/upload/*'])
    app.options(url, async (_request, reply) => reply.code(204).headers(preflightHeaders).send())

  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/media/*',
    handler: (request, reply) => serve(storage, request.params['*'], request, reply),
  })

  await app.register(async (door) => {
    door.removeAllContentTypeParsers()
    // Not reading is what keeps the body out of memory, and the body limit of the server away from it.
    door.addContentTypeParser('*', (_request, _payload, done) => done(null))
    door.addHook('onRequest', async (request) => {
      // The type says nothing that is used, and the server would refuse one that it cannot parse.
      delete request.headers['content-type']
    })
    // A wildcard, because the length of a named parameter is limited to 100 characters.
    door.put<{ Params: { '*': string } }>('/upload/*', async (request, reply) => {
      try {
        const ticket = verifyTicket(request.params['*'], ticketKey, now())
        if (Number(request.headers['content-length'] ?? 0) > ticket.maxBytes)
          throw errors.tooLarge('file', ticket.maxBytes)
        const body = request.raw.iterator({ destroyOnReturn: false })
        const received = await receiveUpload(uploads, ticket, body, { stallMs })
        return reply.code(201).send(received)
      } catch (error) {
        linger(request, lingerMs)
        throw error
      }
    })
  })
}

/** Lets the rest of a refused body come and throws it away, for a while. */
function linger({ raw }: FastifyRequest, lingerMs: number): void {
  if (raw.complete || raw.destroyed) return
  raw.on('error', () => {}).resume()
  const timer = setTimeout(() => raw.destroy(), lingerMs).unref()
  raw.once('close', () => clearTimeout(timer))
}

async function serve(storage: ObjectStorage, key: string, request: FastifyRequest, reply: FastifyReply) {
  const found = isKey(key) && !key.startsWith(incomingPrefix) ? await storage.stat(key) : undefined
  if (!found) throw errors.notFound('media', key)
  const etag = etagOf(found)
  const type = types[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'public, max-age=31536000, immutable' })
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  reply.type(type)
  if (request.method === 'HEAD') return reply.header('content-length', found.bytes).send()
  const { range: wanted, 'if-range': condition } = request.headers
  const range = parseRange(condition === undefined || condition === etag ? wanted : undefined, found.bytes)
  if (range === 'unsatisfiable') {
    reply.code(416).headers({ 'content-range': `bytes */${found.bytes}`, 'cache-control': 'no-store' })
    return reply
      .type('application/json; charset=utf-8')
      .send({ error: { code: 'BAD_USER_INPUT', message: 'range: outside of the file' } })
  }
  const { stream, size } = await storage.read(key, range === 'all' ? undefined : range)
  if (size !== found.bytes) {
    stream.destroy()
    throw errors.unavailable('the file, which was just replaced,')
  }
  if (range === 'all') return reply.header('content-length', found.bytes).send(stream)
  reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${found.bytes}`)
  return reply.header('content-length', range.end - range.start + 1).send(stream)
}

const etagOf = ({ bytes, modifiedAt }: StoredObject): string =>
  `"${bytes.toString(36)}-${modifiedAt.getTime().toString(36)}"`

const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag) ?? false
