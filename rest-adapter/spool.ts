import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { errors } from '../kit/errors.ts'

export interface SpooledFile extends AsyncDisposable {
  /** From its first byte; to be read once. */
  read(): Readable
}

/**
 * Keeps files whose sender is not known yet: the token may come behind the file, and nothing may be stored for nobody.
 * On disk, so that memory stays constant. A file is unlinked as soon as it is open, so that it is gone with its handle,
 * whatever happens to the process.
 */
export class Spool {
  readonly #folder: string
  readonly #mostBytes: number
  #bytes = 0

  /** @param mostBytes of all files together, since anybody can send one */
  constructor(folder: string, mostBytes: number) {
    this.#folder = folder
    this.#mostBytes = mostBytes
  }

  /** Reads `source` to its end. @throws TOO_MANY_REQUESTS when the spool is full, UNAVAILABLE when the disk is, or what `source` throws */
  async hold(source: Readable): Promise<SpooledFile> {
    const handle = await this.#openNameless()
    let held = 0
    const release = async () => {
      this.#bytes -= held
      held = 0
      await handle.close()
    }
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        held += chunk.byteLength
        this.#bytes += chunk.byteLength
        if (this.#bytes > this.#mostBytes) throw errors.tooManyRequests('upload')
        await handle.appendFile(chunk)
      }
    } catch (error) {
      await release()
      throw isFull(error) ? errors.unavailable('upload', error) : error
    }
    return {
      read: () => Readable.from(chunksOf(handle), { objectMode: false }),
      [Symbol.asyncDispose]: release,
    }
  }

  async #openNameless(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true })
    const path = join(this.#folder, `upload-${randomUUID()}`)
    const handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return handle
  }
}

const chunkSize = 256 * 1024

async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
