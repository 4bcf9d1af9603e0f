import { randomBytes } from 'node:crypto'
import type { Cache } from '../../kit/cache/cache.ts'
import { migrate } from '../../kit/database/migrate.ts'
import type { Services } from '../../kit/services.ts'
import type { ObjectStorage } from '../../kit/storage/storage.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { Attempts } from './attempts.ts'
import { CachedVideos } from './cached-store.ts'
import type { Context } from './context.ts'
import { Deletions } from './deletions.ts'
import { createLoaders } from './loaders.ts'
import { inspectVideo } from './media/inspect-video.ts'
import { createPublish } from './migrations/0001-create-publish.ts'
import { type Inspect, Publishing } from './publishing.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { Query } from './resolvers/Query.ts'
import { User } from './resolvers/User.ts'
import { Video } from './resolvers/Video.ts'
import { repeat, type Schedule } from './schedule.ts'
import { PublishStore } from './store.ts'
import { sweep } from './sweep.ts'
import { ticketLife, Uploads } from './uploads.ts'
import { PublishWrites } from './writes.ts'

export interface PublishServices {
  /** Shared with the door that takes and serves files. */
  readonly storage: ObjectStorage
  /** Signs upload tickets; the door that takes files has the same. At least 32 bytes. */
  readonly ticketKey: Uint8Array
  readonly maxUploadBytes: number
  readonly inspect?: Inspect
  readonly random?: (bytes: number) => Uint8Array
  readonly schedule?: Schedule
  /** Videos and counts are read through it. */
  readonly cache?: Cache
}

const sweepEveryMs = 10 * 60_000
const followUpEveryMs = 15_000

/** Videos: uploading, publishing, listing and deleting them. */
export async function publish(services: Services & PublishServices): Promise<Subgraph> {
  const { db, ids, clock, log, sources, storage, ticketKey, maxUploadBytes } = services
  const { inspect = inspectVideo, random = randomBytes, schedule = repeat, cache } = services
  await migrate(db, 'publish', [createPublish])
  const store = new PublishStore(db)
  const cached = cache && new CachedVideos(store, cache)
  const writes = new PublishWrites(db, ids, cached)
  const attempts = new Attempts(storage, clock, random)
  const uploads = new Uploads({ ticketKey, maxUploadBytes, clock, random })
  const publishing = new Publishing({ storage, inspect, attempts, store, writes })
  const deletions = new Deletions({ db, storage, sources, clock, log })
  const background = [
    schedule({
      everyMs: sweepEveryMs,
      work: (signal) => sweep({ storage, attempts, store, clock, ticketLife }, signal),
      onError: (err) => log.warn({ err }, 'what uploads left behind could not be removed'),
    }),
    schedule({
      everyMs: followUpEveryMs,
      work: (signal) => deletions.followUpDue(signal),
      onError: (err) => log.warn({ err }, 'what follows deletions could not be done'),
    }),
  ]
  return defineSubgraph<Context>({
    name: 'publish',
    resolvers: { Query, Mutation, Video, User },
    createContext: ({ viewer, origin }) => ({
      viewer,
      origin,
      loaders: createLoaders(cached ?? store),
      store,
      writes,
      uploads,
      publishing,
      deletions,
      clock,
    }),
    close: async () => {
      await Promise.all(background.map((run) => run.stop()))
    },
  })
}
