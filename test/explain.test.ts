import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CompiledQuery, type KyselyPlugin, MysqlQueryCompiler } from 'kysely'
import { uncached } from '../kit/cache/cache-writer.ts'
import type { Database } from '../kit/database/database.ts'
import { IdSource } from '../kit/ids.ts'
import { CommentStore } from '../subgraphs/comment/store.ts'
import { FavoriteStore } from '../subgraphs/favorite/store.ts'
import { FavoriteWrites } from '../subgraphs/favorite/writes.ts'
import { FeedStore } from '../subgraphs/feed/store.ts'
import { InboxLog } from '../subgraphs/message/inbox-log.ts'
import { MessageStore } from '../subgraphs/message/store.ts'
import { PublishStore } from '../subgraphs/publish/store.ts'
import { RelationStore } from '../subgraphs/relation/store.ts'
import { RelationWrites } from '../subgraphs/relation/writes.ts'
import { UserStore } from '../subgraphs/user/store.ts'
import { databases } from './testkit/databases.ts'
import { fill, many } from './testkit/filled.ts'
import { openMigrated } from './testkit/migrated.ts'

const mariadb = databases[1] as (typeof databases)[number] // SQLite and MariaDB
const page = Array.from({ length: 30 }, (_, n) => 1 + n * 7)
const range = { after: undefined, limit: 31 }
const next = { after: many - 100, limit: 31 }
const ids = () => new IdSource({ worker: 0, from: 0, until: () => Number.MAX_SAFE_INTEGER })

/** What a page of the feed, a profile, a list, a chat and the writes behind the buttons ask for. */
const hottest: Readonly<Record<string, (db: Database) => Promise<unknown>[]>> = {
  user: (db) => {
    const store = new UserStore(db)
    return [store.byId(page), store.sessionVersionById([5]), store.credentialsByName('user 7')]
  },
  publish: (db) => {
    const store = new PublishStore(db)
    return [store.byIds(page), store.workCountByUser(page), store.pageOfAuthor(5, range), store.pageOfAuthor(5, next)]
  },
  feed: (db) => {
    const store = new FeedStore(db)
    const [below, above] = [many - 100, undefined]
    return [store.newest({ below: undefined, above }, 31), store.newest({ below, above }, 31)]
  },
  favorite: (db) => {
    const store = new FavoriteStore(db)
    const writes = new FavoriteWrites(db, ids(), 0, uncached)
    const like = (video_id: number) => ({ user_id: 5, video_id, author_id: 1 })
    return [
      ...[store.countByVideo(page), store.countsByUser(page), store.likedBy(5, page)],
      ...[store.pageOfUser(5, range), store.pageOfUser(5, next)],
      ...page.map((video) => writes.set({ ...like(video), like: video % 2 === 0 })),
    ]
  },
  comment: (db) => {
    const store = new CommentStore(db)
    return [store.countByVideo(page), store.byIds(page), store.pageOfVideo(5, range), store.pageOfVideo(5, next)]
  },
  relation: (db) => {
    const store = new RelationStore(db)
    const writes = new RelationWrites(db, ids(), 0)
    return [
      ...[store.countsByUser(page), store.followedBy(5, page)],
      ...[range, next].flatMap((request) => [
        store.followingPage(5, request),
        store.followersPage(5, request),
        store.friendsPage(5, request),
      ]),
      ...page.map((target) => writes.set({ user_id: 5, target_id: target, follow: target % 2 === 0 })),
    ]
  },
  message: (db) => {
    const store = new MessageStore(db)
    const between = (backward: boolean) => ({
      after: undefined,
      before: undefined,
      backward,
      limit: 31,
      moreBehind: false,
    })
    return [
      ...[store.between(5, 1, between(true)), store.between(5, 1, between(false)), store.latestByPeer(5, page)],
      ...[store.byIds(5, page), store.conversations(5, range), store.conversations(5, { ...range, after: cursor })],
      new InboxLog(db, ids()).pages([5, 6, 7].map((userId) => ({ userId, seq: 10 }))),
    ]
  },
}
const cursor = { user_id: 5, peer_id: 30, last_sent_at: many - 100 }

interface Step {
  readonly table: string | null
  readonly type: string | null
  readonly Extra: string | null
}

describe('the hottest statements find their rows by an index and in its order', { skip: mariadb.skip }, () => {
  let world: Awaited<ReturnType<typeof openMigrated>>
  before(async () => {
    world = await openMigrated(mariadb)
    await fill(world.db)
  })
  after(() => world[Symbol.asyncDispose]())

  for (const [domain, run] of Object.entries(hottest))
    test(`of ${domain}`, async () => {
      const { db, asked } = keeping(world.db)
      await Promise.all(run(db))
      assert.ok(asked.size >= 2)
      for (const { sql, parameters } of asked.values()) {
        const { rows } = await world.db.executeQuery<Step>(CompiledQuery.raw(`explain ${sql}`, [...parameters]))
        for (const { table, type } of rows) {
          if (table === null || table.startsWith('<')) continue // nothing to read, or keys that are in the statement
          assert.notEqual(type, 'ALL', sql)
          // Along an index, and no further than to the limit.
          assert.ok(type !== 'index' || /limit \?/.test(sql), sql)
        }
        for (const { Extra } of rows) assert.doesNotMatch(Extra ?? '', /filesort|temporary/, sql)
      }
    })
})

/** The same database, and every statement that looks for rows through it. */
function keeping(database: Database): { db: Database; asked: ReadonlyMap<string, CompiledQuery> } {
  const asked = new Map<string, CompiledQuery>()
  const compiler = new MysqlQueryCompiler()
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const query = compiler.compileQuery(node, queryId)
      if (/^(select|update|delete)/.test(query.sql)) asked.set(query.sql, query)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { db: database.withPlugin(plugin), asked }
}
