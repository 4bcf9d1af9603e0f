import type { Readable } from 'node:stream'
import { type ExecutionResult, GraphQLError } from 'graphql'
import { type Dispatcher, errors as faults, request } from 'undici'
import type { Caller, GraphDoor, TrustedOperation } from '../gateway/door.ts'
import { AppError, catalogue, type ErrorCode, errors } from '../kit/errors.ts'
import { type PeerAnswer, Peers, type PeersOptions } from '../kit/peers.ts'
import { isRecord } from '../kit/record.ts'

export interface HttpGraphDoorOptions {
  /** Connections that are kept open to each gateway, at most. */
  readonly connections?: number
  /** How long a gateway may be silent, in milliseconds. */
  readonly timeout?: number
  readonly clock?: () => number
  /** Is told of a gateway that goes away, and when it is back. */
  readonly log?: PeersOptions['log']
}

/** The graph of gateways that run in other processes, over connections that stay open. */
export class HttpGraphDoor implements GraphDoor, AsyncDisposable {
  readonly #peers: Peers
  readonly #timeout: number
  readonly #clock: () => number

  /** @param gatewayUrls `http(s)://host[:port]` of each gateway */
  constructor(
    gatewayUrls: string | readonly string[],
    { connections = 64, timeout = 30_000, clock = Date.now, log }: HttpGraphDoorOptions = {},
  ) {
    this.#timeout = timeout
    this.#clock = clock
    const urls = typeof gatewayUrls === 'string' ? [gatewayUrls] : gatewayUrls
    const origins = urls.map((url) => new URL(url).origin)
    this.#peers = new Peers({ name: 'gateway', origins, connections, clock, log })
  }

  async execute(
    operation: TrustedOperation,
    variables: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<ExecutionResult> {
    const body = JSON.stringify({ operationName: operation.name, query: operation.document, variables })
    try {
      const answer = await this.#peers.post({
        path: '/graphql',
        headers: {
          ...headersOf(caller),
          'content-type': 'application/json',
          ...(caller.token === null ? {} : { authorization: `Bearer ${caller.token}` }),
        },
        body,
        deadline: this.#clock() + this.#timeout,
        repeatable: /^\s*query\b/.test(operation.document),
        signal: caller.signal,
      })
      return resultOf(answer)
    } catch (error) {
      return { errors: [faultOf(error, caller)] }
    }
  }

  async upload(url: string, file: Readable, caller: Caller): Promise<{ uploadId: string; bytes: number }> {
    const { pathname, search } = new URL(url)
    const options = {
      headers: { ...headersOf(caller), 'content-type': 'application/octet-stream' },
      body: file,
      headersTimeout: this.#timeout,
      signal: caller.signal ?? null,
    } as const
    try {
      // The gateway's own addresses carry the name that clients reach it by, which may lead nowhere from here.
      const answer = pathname.startsWith('/upload/')
        ? await this.#peers.put({ ...options, path: pathname + search })
        : await request(url, { ...options, method: 'PUT' })
      return await receiptOf(answer)
    } catch (error) {
      throw file.errored instanceof AppError ? file.errored : faultOf(error, caller)
    } finally {
      file.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peers.close()
  }
}

/** The gateway names us in its log as the client did, and makes addresses that the client can reach. */
function headersOf({ requestId, origin }: Caller): Record<string, string> {
  const { protocol, host } = new URL(origin)
  return { 'x-request-id': requestId, 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host }
}

function resultOf({ status, text }: PeerAnswer): ExecutionResult {
  const answer = parsed(text)
  if (!isRecord(answer) || !('data' in answer || Array.isArray(answer['errors']))) throw answerFault(status, answer)
  const { data, errors: list } = answer
  return {
    ...(isRecord(data) ? { data } : {}),
    ...(Array.isArray(list) ? { errors: list.map(graphqlError) } : {}),
  }
}

async function receiptOf({ statusCode, body }: Dispatcher.ResponseData): Promise<{ uploadId: string; bytes: number }> {
  const answer = parsed(await body.text())
  if (statusCode >= 300 || !isRecord(answer)) throw answerFault(statusCode, answer)
  const { uploadId, bytes } = answer
  if (typeof uploadId !== 'string' || typeof bytes !== 'number') throw answerFault(502, answer)
  return { uploadId, bytes }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function graphqlError(from: unknown): GraphQLError {
  const { message, path, extensions } = isRecord(from) ? from : {}
  return new GraphQLError(typeof message === 'string' ? message : 'the gateway reported a fault', {
    path: Array.isArray(path) ? path : null,
    extensions: isRecord(extensions) ? extensions : {},
  })
}

/** `{"error":{"code","message"}}` of a plain HTTP route; of a proxy in between, only the status says something. */
function answerFault(status: number, answer: unknown): AppError {
  const error = isRecord(answer) && isRecord(answer['error']) ? answer['error'] : {}
  const { code, message } = error
  if (typeof code === 'string' && Object.hasOwn(catalogue, code))
    return new AppError(code as ErrorCode, String(message), 'file') // in the catalogue
  return status === 413 ? errors.tooLarge('file', 0) : errors.unavailable('gateway')
}

function faultOf(error: unknown, { signal }: Caller): AppError {
  if (error instanceof AppError) return error
  if (signal?.aborted) return errors.unavailable('client', error)
  if (error instanceof faults.HeadersTimeoutError || error instanceof faults.BodyTimeoutError)
    return errors.timeout('gateway')
  if (error instanceof Error && 'code' in error) return errors.unavailable('gateway', error)
  throw error
}
