import { randomUUID } from 'node:crypto'
import { mkdir, open, opendir, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { errors } from '../errors.ts'
import { isFull, syncFolder, unlessMissing, writeFile } from './file-system.ts'
import { checkKey } from './key.ts'
import type { ByteRange, ObjectStorage, StoredObject, WriteOptions } from './storage.ts'

const temporaryFolder = '.incomplete'
/** A writer touches its file with every chunk, so one that was silent this long has died. */
const abandonedAfterMs = 60 * 60 * 1000

export interface DiskOptions {
  readonly now?: () => number
  readonly newName?: () => string
}

/** Objects as files below one folder. Several processes may share it. */
export class DiskStorage implements ObjectStorage {
  readonly #root: string
  readonly #newName: () => string

  private constructor(root: string, newName: () => string) {
    this.#root = root
    this.#newName = newName
  }

  /** Makes the folder when it is missing, and clears what writers left behind when they were killed. */
  static async open(root: string, { now = Date.now, newName = randomUUID }: DiskOptions = {}): Promise<DiskStorage> {
    const folder = join(resolve(root), temporaryFolder)
    await mkdir(folder, { recursive: true })
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const found = await unlessMissing(stat(path))
      if (found && found.mtimeMs < now() - abandonedAfterMs) await rm(path, { force: true })
    }
    return new DiskStorage(resolve(root), newName)
  }

  async write(key: string, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<{ bytes: number }> {
    const path = this.#path(key)
    const temporary = join(this.#root, temporaryFolder, this.#newName())
    try {
      const bytes = await writeFile(temporary, body, options)
      await mkdir(dirname(path), { recursive: true })
      await rename(temporary, path)
      await this.#syncFolders(path)
      return { bytes }
    } catch (error) {
      await rm(temporary, { force: true })
      throw isFull(error) ? errors.unavailable('storage', error) : error
    }
  }

  async read(key: string, range?: ByteRange): Promise<{ stream: Readable; size: number }> {
    const handle = await unlessMissing(open(this.#path(key), 'r'))
    if (!handle) throw errors.notFound('object', key)
    const found = await handle.stat()
    if (!found.isFile() || (range && !(range.start >= 0 && range.start <= range.end && range.end < found.size))) {
      await handle.close()
      throw found.isFile() ? errors.invalid('range', 'outside of the object') : errors.notFound('object', key)
    }
    return { stream: handle.createReadStream({ ...range, highWaterMark: 256 * 1024 }), size: found.size }
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const found = await unlessMissing(stat(this.#path(key)))
    return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtime } : undefined
  }

  async move(from: string, to: string): Promise<void> {
    const source = this.#path(from)
    const target = this.#path(to)
    await mkdir(dirname(target), { recursive: true })
    // Asked first because rename would move a whole folder.
    const found = await this.stat(from)
    const moved = found && (await unlessMissing(rename(source, target).then(() => true)))
    if (!moved && !(await this.stat(to))) throw errors.notFound('object', from)
    await this.#syncFolders(target)
    if (moved) await syncFolder(dirname(source))
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    const deleted = await unlessMissing(unlink(path).then(() => true))
    if (deleted) await syncFolder(dirname(path))
  }

  async *list(prefix: string): AsyncIterable<StoredObject & { key: string }> {
    const cut = prefix.lastIndexOf('/')
    if (cut >= 0) checkKey(prefix.slice(0, cut))
    yield* this.#walk(prefix.slice(0, cut + 1), prefix)
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    if (!(await this.stat(key))) throw errors.notFound('object', key)
    return use(this.#path(key))
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #path(key: string): string {
    return join(this.#root, checkKey(key))
  }

  async *#walk(folder: string, prefix: string): AsyncIterable<StoredObject & { key: string }> {
    const entries = await unlessMissing(opendir(join(this.#root, folder)))
    if (!entries) return
    for await (const entry of entries) {
      const key = folder + entry.name
      if (entry.name === temporaryFolder || !(key.startsWith(prefix) || prefix.startsWith(`${key}/`))) continue
      if (entry.isDirectory()) yield* this.#walk(`${key}/`, prefix)
      else {
        const found = await this.stat(key)
        if (found) yield { key, ...found }
      }
    }
  }

  /** A new file is only durable when its name is, and so are the names of the folders made for it. */
  async #syncFolders(path: string): Promise<void> {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      await syncFolder(folder)
      if (folder === this.#root) return
    }
  }
}
