import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { DiskStorage } from '../kit/storage/disk.ts'
import { signTicket } from '../kit/ticket.ts'
import { type MediaOptions, media } from './media.ts'

/** A server over an empty folder, on a free port. */
export async function startMedia(options: Partial<MediaOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'media-'))
  const storage = await DiskStorage.open(folder)
  const ticketKey = Buffer.alloc(32, 1)
  const app = fastify({ bodyLimit: 1000, forceCloseConnections: true })
  await app.register(media, { storage, ticketKey, now: () => 1_000, ...options })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const store = (key: string, content: string | Uint8Array) =>
    storage.write(
      key,
      (async function* () {
        yield Buffer.from(content)
      })(),
      { maxBytes: 1e9 },
    )
  return {
    url,
    storage,
    store,
    ticket: (uploadId: string, maxBytes = 1_000_000, expiresAt = 2_000) =>
      signTicket({ uploadId, ownerId: '1', maxBytes, expiresAt }, ticketKey),
    async stored() {
      const keys: string[] = []
      for await (const { key } of storage.list('')) keys.push(key)
      return keys.sort()
    },
    incomplete: () => readdir(join(folder, '.incomplete')),
    async [Symbol.asyncDispose]() {
      await app.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Asks until the answer is yes. */
export async function until(question: () => Promise<boolean>, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
