import type { Kysely, Transaction } from 'kysely'
import { type CacheWriter, uncached } from '../../kit/cache/cache-writer.ts'
import { addToCounters, tally } from '../../kit/database/counter.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import { deleteByKey } from '../../kit/database/delete-by-key.ts'
import { rowsByKey } from '../../kit/database/rows-by-key.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { errors } from '../../kit/errors.ts'
import type { IdSource } from '../../kit/ids.ts'
import type { Outbox } from '../../kit/outbox.ts'
import { WriteBatch } from '../../kit/write-batch.ts'
import type { LikeNotice } from './notices.ts'
import type { Like } from './store.ts'
import type { FavoriteRow, FavoriteTables } from './tables.ts'

/** What a caller wants to hold: that a user likes a video, or does not. */
export interface Wish extends Like {
  readonly like: boolean
}

type NoticeSink = Pick<Outbox<LikeNotice>, 'put' | 'send'>

/** Likes that one transaction of a deleted video's cleaning takes away. */
const forgottenAtOnce = 500

/**
 * Every change of likes. Callers of one process share transactions; the counters move by the number of rows that were
 * really inserted or deleted, in the same transaction.
 */
export class FavoriteWrites {
  readonly #db: Kysely<FavoriteTables>
  readonly #ids: IdSource
  readonly #slot: number
  readonly #likes: CacheWriter<Like>
  readonly #notices: NoticeSink | undefined
  readonly #batch: WriteBatch<Wish, undefined>

  /**
   * @param slot in which slot of a counter this process counts; processes that run at once should differ
   * @param likes hears of every like that comes or goes
   * @param notices tells authors of likes
   */
  constructor(
    db: Kysely<FavoriteTables>,
    ids: IdSource,
    slot: number,
    likes: CacheWriter<Like> = uncached,
    notices?: NoticeSink,
  ) {
    this.#db = db
    this.#ids = ids
    this.#slot = slot
    this.#likes = likes
    this.#notices = notices
    this.#batch = new WriteBatch((wishes) => likes.writing(wishes, () => this.#commit(wishes)))
  }

  /** Makes the wish true, if it is not. Resolves after the commit. @throws NOT_FOUND when the video was deleted */
  set(wish: Wish): Promise<undefined> {
    return this.#batch.add(wish)
  }

  /** Takes away every like of a video, and lets no new one in. Repeating it is harmless. */
  async forgetVideo(videoId: number): Promise<void> {
    for (;;) {
      const likes = await inTransaction(this.#db, (tx) => closeToLikes(tx, videoId))
      if (likes.length === 0) return
      const users = likes.map((like) => like.user_id)
      await this.#likes.writing(likes, () => inTransaction(this.#db, (tx) => this.#forget(tx, videoId, users)))
    }
  }

  async #commit(wishes: readonly Wish[]): Promise<(undefined | Error)[]> {
    const last = [...new Map(wishes.map((wish) => [keyOf(wish), wish])).values()] // of equal likes the later wish wins
    const { gone: deleted, notices } = await inTransaction(this.#db, async (tx) => {
      const added = await this.#insert(tx, sorted(last.filter(({ like }) => like)))
      const gone = await deletedAmong(tx, added)
      // A like that slipped in beside the video's deletion leaves again, with those that are not wanted any more.
      const late = added.filter((row) => gone.has(row.video_id))
      const removed = await this.#delete(tx, sorted([...last.filter(({ like }) => !like), ...late]))
      await this.#count(tx, [...added.map((row) => [row, 1] as const), ...removed.map((row) => [row, -1] as const)])
      const notices = added.filter((row) => !gone.has(row.video_id) && row.user_id !== row.author_id).map(noticeOf)
      await this.#notices?.put(tx, notices)
      return { gone, notices }
    })
    this.#notices?.send(notices)
    return wishes.map(({ like, video_id }) =>
      like && deleted.has(video_id) ? errors.notFound('Video', video_id) : undefined,
    )
  }

  /** The likes that were not there before: those that carry our id afterwards. */
  async #insert(tx: Transaction<FavoriteTables>, wanted: readonly Like[]): Promise<FavoriteRow[]> {
    if (wanted.length === 0) return []
    // Ids are made here, at each attempt: a row left by an attempt whose commit was not answered is not counted again.
    const rows = wanted.map(({ user_id, video_id, author_id }) => ({
      user_id,
      video_id,
      author_id,
      id: this.#ids.next(),
    }))
    const { numInsertedOrUpdatedRows } = await tx.insertInto('favorite').ignore().values(rows).executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === BigInt(rows.length)) return rows
    const ours = new Set(rows.map((row) => row.id))
    return (await selectLikes(tx, rows)).filter((row) => ours.has(row.id))
  }

  async #delete(tx: Transaction<FavoriteTables>, rows: readonly Like[]): Promise<FavoriteRow[]> {
    if (rows.length === 0) return []
    const present = await selectLikes(tx, rows, { lock: true })
    await deleteByKey(tx, 'favorite', present.map(primaryKey))
    return present
  }

  async #count(tx: Transaction<FavoriteTables>, changes: readonly (readonly [FavoriteRow, number])[]): Promise<void> {
    const sum = (key: (row: FavoriteRow) => number) => [...tally(changes.map(([row, by]) => [key(row), by] as const))]
    const slot = this.#slot
    await addToCounters(
      tx,
      'favorite_count_of_user',
      sum((row) => row.user_id).map(([user_id, by]) => ({ key: { user_id }, by })),
    )
    await addToCounters(
      tx,
      'favorite_count_of_author',
      sum((row) => row.author_id).map(([author_id, by]) => ({ key: { author_id, slot }, by })),
    )
    await addToCounters(
      tx,
      'favorite_count_of_video',
      sum((row) => row.video_id).map(([video_id, by]) => ({ key: { video_id, slot }, by })),
    )
  }

  async #forget(tx: Transaction<FavoriteTables>, videoId: number, users: readonly number[]): Promise<void> {
    const some = await tx
      .selectFrom('favorite')
      .selectAll()
      .where('video_id', '=', videoId)
      .where('user_id', 'in', users)
      .orderBy('user_id')
      .$if(hasRowLocks(tx), (query) => query.forUpdate())
      .execute()
    if (some.length === 0) return
    await tx.deleteFrom('favorite').where('video_id', '=', videoId).where('user_id', 'in', users).execute()
    await this.#count(
      tx,
      some.map((row) => [row, -1] as const),
    )
  }
}

/**
 * Lets no new like of a video in, and returns those that there are, up to {@link forgottenAtOnce}. A locking read: a like
 * that is just being committed is either seen here or sees that the video is gone.
 */
async function closeToLikes(tx: Transaction<FavoriteTables>, videoId: number): Promise<Like[]> {
  await tx.insertInto('favorite_deleted_video').ignore().values({ video_id: videoId }).execute()
  return tx
    .selectFrom('favorite')
    .select(['user_id', 'video_id', 'author_id'])
    .where('video_id', '=', videoId)
    .orderBy('user_id')
    .limit(forgottenAtOnce)
    .$if(hasRowLocks(tx), (query) => query.forUpdate())
    .execute()
}

const noticeOf = ({ id, user_id, author_id, video_id }: FavoriteRow): LikeNotice => ({
  id,
  ownerId: user_id,
  authorId: author_id,
  videoId: video_id,
})

const keyOf = ({ user_id, video_id }: Like) => `${user_id} ${video_id}`

/** In the order of the primary key, so that two transactions take their locks in the same order. */
const sorted = <Row extends Like>(rows: readonly Row[]) =>
  rows.toSorted((a, b) => a.user_id - b.user_id || a.video_id - b.video_id)

const selectLikes = (tx: Transaction<FavoriteTables>, rows: readonly Like[], { lock = false } = {}) =>
  rowsByKey<FavoriteRow>(tx, { table: 'favorite', lock }, rows.map(primaryKey))

const primaryKey = ({ user_id, video_id }: Like) => ({ user_id, video_id })

/**
 * Which of these likes' videos are deleted. A locking read: it waits for a deletion that is just being committed, and
 * whichever of the two comes second sees the other.
 */
async function deletedAmong(tx: Transaction<FavoriteTables>, rows: readonly FavoriteRow[]): Promise<Set<number>> {
  if (rows.length === 0) return new Set()
  const found = await tx
    .selectFrom('favorite_deleted_video')
    .select('video_id')
    .where('video_id', 'in', [...new Set(rows.map((row) => row.video_id))])
    .$if(hasRowLocks(tx), (query) => query.forUpdate())
    .execute()
  return new Set(found.map((row) => row.video_id))
}
