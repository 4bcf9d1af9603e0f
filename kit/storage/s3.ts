import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { StartError } from '../env.ts'
import { errors } from '../errors.ts'
import { checkKey } from './key.ts'
import { limited } from './limited.ts'
import type { ByteRange, ObjectStorage, StoredObject, WriteOptions } from './storage.ts'

/** The smallest part that S3 takes. An upload holds about two of them in memory. */
const partBytes = 5 << 20
/** Streams of videos hold a connection for as long as they are watched. */
const mostConnections = 1_000

/** Objects in a bucket of S3, or of what speaks its protocol. */
export class S3Storage implements ObjectStorage {
  readonly #client: S3Client
  readonly #bucket: string

  /**
   * @param url `https://key:secret@host/bucket?region=name`. Without key and secret they are looked for where Amazon's
   * tools look for them: variables, files, the role of the machine. The region is `us-east-1` by default.
   * @throws StartError when the bucket can't be used. One that can't be reached now may come later
   */
  static async open(url: string): Promise<S3Storage> {
    const storage = new S3Storage(new URL(url))
    try {
      await storage.#client.send(new HeadBucketCommand({ Bucket: storage.#bucket }))
    } catch (error) {
      const status = statusOf(error)
      if (status >= 300 && status < 500) {
        await storage[Symbol.asyncDispose]()
        throw new StartError(
          `the bucket ${storage.#bucket} of STORAGE_URL can't be used: ${refusals[status] ?? status}`,
          error,
        )
      }
    }
    return storage
  }

  private constructor({ origin, pathname, searchParams, username, password }: URL) {
    const agent = { keepAlive: true, maxSockets: mostConnections }
    this.#bucket = pathname.replaceAll('/', '')
    this.#client = new S3Client({
      endpoint: origin,
      region: searchParams.get('region') ?? 'us-east-1',
      // What speaks the protocol elsewhere has seldom a host name for each bucket, and knows the old checksums only.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(username && {
        credentials: { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
      }),
      requestHandler: {
        connectionTimeout: 2_000,
        requestTimeout: 60_000,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      },
    })
  }

  async write(key: string, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<{ bytes: number }> {
    const source = limited(body, options)
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: checkKey(key), Body: Readable.from(source.chunks, { highWaterMark: 1 }) },
      partSize: partBytes,
      queueSize: 1,
    })
    try {
      await upload.done()
    } catch (error) {
      throw source.fault ?? unavailable(error)
    }
    return { bytes: source.bytes }
  }

  async read(key: string, range?: ByteRange): Promise<{ stream: Readable; size: number }> {
    checkKey(key)
    if (range && !(range.start >= 0 && range.start <= range.end)) throw outside()
    const found = await unlessMissing(
      this.#client.send(
        new GetObjectCommand({ ...this.#at(key), ...(range && { Range: `bytes=${range.start}-${range.end}` }) }),
      ),
    )
    if (!found) throw errors.notFound('object', key)
    const stream = found.Body as Readable // as the client makes it under Node
    const size = Number(found.ContentRange?.split('/')[1] ?? found.ContentLength)
    if (range && range.end >= size) {
      stream.destroy()
      throw outside()
    }
    return { stream, size }
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    const found = await unlessMissing(this.#client.send(new HeadObjectCommand(this.#at(key))))
    return found && toStored(found.ContentLength, found.LastModified)
  }

  async move(from: string, to: string): Promise<void> {
    const copy = { CopySource: `${this.#bucket}/${checkKey(from)}`, ...this.#at(checkKey(to)) }
    if (await unlessMissing(this.#client.send(new CopyObjectCommand(copy)))) await this.delete(from)
    else if (!(await this.stat(to))) throw errors.notFound('object', from)
  }

  async delete(key: string): Promise<void> {
    checkKey(key)
    await unlessMissing(this.#client.send(new DeleteObjectCommand(this.#at(key))))
  }

  async *list(prefix: string): AsyncIterable<StoredObject & { key: string }> {
    const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))
    if (folder) checkKey(folder)
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.#bucket, Prefix: prefix },
      ))
        for (const { Key, Size, LastModified } of Contents) if (Key) yield { key: Key, ...toStored(Size, LastModified) }
    } catch (error) {
      throw unavailable(error)
    }
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    const { stream } = await this.read(key)
    const folder = await mkdtemp(join(tmpdir(), 'object-'))
    try {
      const path = join(folder, 'object')
      await pipeline(stream, createWriteStream(path))
      return await use(path)
    } finally {
      stream.destroy()
      await rm(folder, { recursive: true, force: true })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }

  #at(key: string) {
    return { Bucket: this.#bucket, Key: key }
  }
}

const refusals: Readonly<Record<number, string>> = {
  301: 'it is in another region; add ?region=… and the host of that region',
  400: 'region, key or secret are not right',
  403: 'key and secret have no right to it',
  404: 'there is none of that name',
}

const statusOf = (error: unknown): number =>
  error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0

const toStored = (bytes = 0, modifiedAt = new Date(0)): StoredObject => ({ bytes, modifiedAt })

const outside = () => errors.invalid('range', 'outside of the object')
const unavailable = (error: unknown) => errors.unavailable('storage', error)

/** Undefined instead of an error when there is no such object. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const status = statusOf(error)
    if (status === 404 && (error as S3ServiceException).name !== 'NoSuchBucket') return undefined
    throw status === 416 ? outside() : unavailable(error)
  }
}
