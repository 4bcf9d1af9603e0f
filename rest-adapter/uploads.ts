import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { AppError, errors } from '../kit/errors.ts'
import { bounded } from './bounded.ts'
import { ignored, readForm } from './form.ts'
import type { Graph } from './graph.ts'
import type { Params, Source } from './params.ts'
import type { Spool, SpooledFile } from './spool.ts'

/** What came with a request. */
export interface Received {
  readonly params: Params
  /** Names the stored file; null when there was none. */
  readonly uploadId: string | null
}

export interface UploadOptions {
  /** The graph as the owner of a token sees it. */
  readonly graphFor: (token: string) => Graph
  readonly spool: Spool
  /** Of one file. */
  readonly maxBytes: number
  readonly stallMs?: number | undefined
}

/**
 * Reads a form with a file in the field `data`, in whatever order its parts come. With a token in the query, the header
 * or an earlier part the file goes straight into storage; otherwise it waits on disk until the token has come. Nothing
 * is ever held in memory whole.
 *
 * @throws UNAUTHENTICATED, PAYLOAD_TOO_LARGE, or BAD_USER_INPUT for a file that was cut short
 */
export async function receiveFile(
  request: FastifyRequest,
  known: Params,
  { graphFor, spool, maxBytes, stallMs }: UploadOptions,
): Promise<Received> {
  let uploadId: string | null = null
  let waiting: SpooledFile | null = null
  const onFile = async (name: string, file: Readable, before: Source) => {
    if (name !== 'data' || uploadId !== null || waiting !== null) return ignored(file)
    const { token } = known.and(before)
    const data = bounded(file, maxBytes)
    if (token === null) waiting = await spool.hold(data)
    else uploadId = await store(graphFor(token), data)
  }
  try {
    const params = known.and(await readForm(request, onFile, stallMs))
    // Assigned in a callback, which the compiler does not follow.
    const held = waiting as SpooledFile | null
    if (held !== null) {
      if (params.token === null) throw errors.unauthenticated()
      uploadId = await store(graphFor(params.token), held.read())
    }
    return { params, uploadId }
  } finally {
    await (waiting as SpooledFile | null)?.[Symbol.asyncDispose]()
  }
}

/** Asking for an upload is also what checks the token, before a byte of the file is stored. */
async function store(graph: Graph, file: Readable): Promise<string> {
  try {
    const { data } = await graph.ask('CreateUpload', {})
    const { uploadId } = await graph.upload(data.createUpload.url, file)
    return uploadId
  } catch (error) {
    // What broke the file says more than what its reader made of that.
    throw file.errored instanceof AppError ? file.errored : error
  } finally {
    file.destroy()
  }
}
