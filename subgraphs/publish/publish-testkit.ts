import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { GraphQLError } from 'graphql'
import { codeOf, errors } from '../../kit/errors.ts'
import type { Services } from '../../kit/services.ts'
import { DiskStorage } from '../../kit/storage/disk.ts'
import type { ObjectStorage } from '../../kit/storage/storage.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import { verifyTicket } from '../../kit/ticket.ts'
import type { RequestScope } from '../../kit/viewer.ts'
import type { DatabaseKind } from '../../test/testkit/databases.ts'
import { temporaryFolder } from '../../test/testkit/server-process.ts'
import { type HarnessOptions, startSubgraph } from '../../test/testkit/subgraph.ts'
import { type PublishServices, publish } from './index.ts'
import type { Inspect } from './publishing.ts'
import type { BackgroundTask, Schedule } from './schedule.ts'

export const ticketKey = Buffer.alloc(32, 7)

/** Called before each call of the storage; may wait, interfere, or throw as if the process had died. */
export type StorageHook = (call: string, key: string) => void | Promise<void>

export function hookedStorage(inner: ObjectStorage, hook: StorageHook): ObjectStorage {
  return {
    async write(key, body, options) {
      await hook('write', key)
      return inner.write(key, body, options)
    },
    async read(key, range) {
      await hook('read', key)
      return inner.read(key, range)
    },
    async stat(key) {
      await hook('stat', key)
      return inner.stat(key)
    },
    async move(from, to) {
      await hook('move', from)
      return inner.move(from, to)
    },
    async delete(key) {
      await hook('delete', key)
      return inner.delete(key)
    },
    async *list(prefix) {
      await hook('list', prefix)
      yield* inner.list(prefix)
    },
    async withLocalFile(key, use) {
      await hook('withLocalFile', key)
      return inner.withLocalFile(key, use)
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** Storage of a process that dies after so many calls. */
export function dyingStorage(inner: ObjectStorage, calls: number): ObjectStorage {
  let left = calls
  return hookedStorage(inner, () => {
    if (left-- <= 0) throw new Error('the process died')
  })
}

/** What favorite and comment were asked to forget, in that order; `fails` makes some of the questions fail. */
export function forgetters(fails: (owner: string) => boolean = () => false) {
  const forgotten: Record<string, string[]> = { favorite: [], comment: [] }
  const source = (name: string, field: string): [string, DataSource<RequestScope>] => [
    name,
    {
      name,
      async execute({ kind, operation, variables }) {
        if (fails(name)) return { errors: [new GraphQLError('down')] }
        if (kind === 'mutation' && operation.includes(field)) forgotten[name]?.push(String(variables['videoId']))
        return { data: { [field]: true } }
      },
      subscribe: () => Promise.reject(new Error('has no subscriptions')),
    },
  ]
  const sources = new Map([source('favorite', 'forgetFavoritesOfVideo'), source('comment', 'forgetCommentsOfVideo')])
  return { forgotten, sources: () => sources }
}

export interface Files extends AsyncDisposable {
  readonly storage: ObjectStorage
  /** Keys of everything that is stored, sorted. */
  keys(): Promise<string[]>
  read(key: string): Promise<string>
}

export async function openFiles(): Promise<Files> {
  const folder = await temporaryFolder('publish')
  const storage = await DiskStorage.open(folder)
  return {
    storage,
    async keys() {
      const found: string[] = []
      for (const prefix of ['incoming/', 'video/', 'cover/'])
        for await (const { key } of storage.list(prefix)) found.push(key)
      return found.sort()
    },
    read: async (key) => text((await storage.read(key)).stream),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

/** Takes every text that begins with `video` for a video of as many milliseconds as the text has characters. */
export const inspectText: Inspect = async (storage, sourceKey, coverKey) => {
  const content = await text((await storage.read(sourceKey)).stream)
  if (!content.startsWith('video')) throw errors.unsupportedMedia('the file is not a video')
  await storage.write(coverKey, bytes(`cover of ${content}`), { maxBytes: 1_000 })
  return { durationMs: content.length, width: 360, height: 640, mime: 'video/mp4', extension: 'mp4' }
}

/** Background work that runs when the test says so. */
export function manualSchedule(): { schedule: Schedule; runAll: () => Promise<void> } {
  const tasks: BackgroundTask[] = []
  return {
    schedule: (task) => {
      tasks.push(task)
      return { stop: async () => {} }
    },
    async runAll() {
      for (const { work } of tasks) await work(new AbortController().signal)
    },
  }
}

type More = PublishServices & Partial<Pick<Services, 'sources' | 'ids'>>

export interface PublishOptions extends Omit<HarnessOptions<More>, 'more'> {
  readonly files: Files
  readonly more?: Partial<More>
}

/** A publish service, with a way to send files and to run what runs in the background. */
export async function startPublish({ files, more = {}, ...options }: PublishOptions) {
  const { schedule, runAll } = manualSchedule()
  const graph = await startSubgraph<More>((services) => publish(services as Services & PublishServices), {
    ...options,
    more: {
      storage: files.storage,
      ticketKey,
      maxUploadBytes: 1_000,
      inspect: inspectText,
      schedule,
      sources: forgetters().sources,
      ...more,
    },
  })
  const upload = async (userId: number, content: string): Promise<string> => {
    const { createUpload } = await graph.run('mutation { createUpload { uploadId url } }', {}, userId)
    const ticket = verifyTicket(createUpload.url.split('/upload/')[1], ticketKey, graph.services.clock())
    await files.storage.write(`incoming/${ticket.uploadId}`, bytes(content), ticket)
    return createUpload.uploadId
  }
  return Object.assign(graph, {
    runAll,
    upload,
    async publish(userId: number, uploadId: string, title = 'a title') {
      const { publishVideo } = await graph.run(publishVideoOperation, { uploadId, title }, userId)
      return publishVideo.video as { id: string; title: string; playUrl: string; coverUrl: string } // as selected
    },
    remove: (userId: number, videoId: string) => graph.run(deleteVideoOperation, { videoId }, userId),
  })
}

export type PublishHarness = Awaited<ReturnType<typeof startPublish>>

export const publishVideoOperation = `mutation ($uploadId: ID!, $title: String!) {
  publishVideo(input: { uploadId: $uploadId, title: $title }) { video { id title playUrl coverUrl } author { workCount } } }`
export const deleteVideoOperation = `mutation ($videoId: ID!) {
  deleteVideo(input: { videoId: $videoId }) { videoId author { workCount } } }`

/** The same database for several services. Dispose of it after them. */
export async function sharedDatabase(kind: DatabaseKind): Promise<DatabaseKind & AsyncDisposable> {
  const opened = await kind.open()
  return {
    ...kind,
    open: async () => ({ url: opened.url, [Symbol.asyncDispose]: async () => {} }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** The key under which an address of a file is stored. */
export const keyOfUrl = (url: string) => url.split('/media/')[1] ?? ''

export const hours = 60 * 60_000

export const isCode = (code: string) => (error: unknown) => codeOf(error) === code

export const rowsOf = (graph: PublishHarness) => graph.services.db.selectFrom('video').selectAll().execute()

/** Every row has its files, the file is the one that was inspected, and nothing else is stored. */
export async function assertWhole(graph: PublishHarness, files: Files): Promise<void> {
  const rows = await rowsOf(graph)
  for (const row of rows) assert.equal((await files.read(row['file_key'])).length, row['duration_ms'])
  assert.deepEqual(await files.keys(), rows.flatMap((row) => [row['file_key'], row['cover_key']]).sort())
}
