import type { Kysely, Transaction } from 'kysely'
import { type CacheWriter, uncached } from '../../kit/cache/cache-writer.ts'
import { claim } from '../../kit/database/claims.ts'
import { addToCounters, tally } from '../../kit/database/counter.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import { deleteByKey } from '../../kit/database/delete-by-key.ts'
import { rowsByKey } from '../../kit/database/rows-by-key.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { errors } from '../../kit/errors.ts'
import type { Outbox } from '../../kit/outbox.ts'
import { WriteBatch } from '../../kit/write-batch.ts'
import type { CommentNotice } from './notices.ts'
import type { CommentRow, CommentTables } from './tables.ts'

/** A comment to add. A post with the `clientId` of an earlier one of its author's is that one's repeat. */
export interface Post {
  readonly row: CommentRow
  readonly clientId: string | undefined
  /** Who is told of it. */
  readonly videoAuthorId: number
}

type NoticeSink = Pick<Outbox<CommentNotice>, 'put' | 'send'>

/** Comments that one transaction of a deleted video's cleaning takes away. */
const forgottenAtOnce = 500

/**
 * Every change of comments. Posts of one process share transactions; the counter moves by the number of rows that were
 * really inserted or deleted, in the same transaction.
 */
export class CommentWrites {
  readonly #db: Kysely<CommentTables>
  readonly #slot: number
  readonly #counts: CacheWriter<number>
  readonly #notices: NoticeSink | undefined
  readonly #batch: WriteBatch<Post, CommentRow>
  /** Posts of which an earlier attempt may have been committed although its answer was lost. */
  readonly #tried = new WeakSet<Post>()

  /**
   * @param slot in which slot of a counter this process counts; processes that run at once should differ
   * @param counts hears of every video whose comments change
   * @param notices tells the authors of videos of comments
   */
  constructor(db: Kysely<CommentTables>, slot: number, counts: CacheWriter<number> = uncached, notices?: NoticeSink) {
    this.#db = db
    this.#slot = slot
    this.#counts = counts
    this.#notices = notices
    const videosOf = (posts: readonly Post[]) => posts.map(({ row }) => row.video_id)
    this.#batch = new WriteBatch((posts) => counts.writing(videosOf(posts), () => this.#commit(posts)))
  }

  /**
   * Resolves after the commit, to the comment that stands: for a repeat the first one.
   * @throws NOT_FOUND when the video, or the comment that this repeats, was deleted; BAD_USER_INPUT when `clientId` names a
   *   comment under another video
   */
  post(post: Post): Promise<CommentRow> {
    return this.#batch.add(post)
  }

  /**
   * Takes a comment of `author_id` away; when it already is, nothing happens.
   * @throws NOT_FOUND when there is none, FORBIDDEN when it is somebody else's
   */
  async delete(key: Omit<CommentRow, 'text'>): Promise<void> {
    const write = async (tx: Transaction<CommentTables>) => {
      const found = await tx
        .selectFrom('comment')
        .select('author_id')
        .where('video_id', '=', key.video_id)
        .where('id', '=', key.id)
        .$if(hasRowLocks(tx), (query) => query.forUpdate())
        .executeTakeFirst()
      if (!found && (await this.#wasDeletedBefore(tx, key))) return
      if (!found) throw errors.notFound('Comment', key.id)
      if (found.author_id !== key.author_id) throw errors.forbidden('only its author may delete a comment', 'Comment')
      await deleteByKey(tx, 'comment', [keyOf(key)])
      await tx.insertInto('comment_deletion').values(key).execute()
      await this.#count(tx, [key], -1)
    }
    await this.#counts.writing([key.video_id], () => inTransaction(this.#db, write))
  }

  /** Takes away every comment on a video, and lets no new one in. Repeating it is harmless. */
  async forgetVideo(videoId: number): Promise<void> {
    const forgetSome = () => inTransaction(this.#db, (tx) => this.#forgetSome(tx, videoId))
    for (let left = true; left; ) left = await this.#counts.writing([videoId], forgetSome)
  }

  async #commit(posts: readonly Post[]): Promise<(CommentRow | Error)[]> {
    const { outcomes, notices } = await inTransaction(this.#db, (tx) => this.#post(tx, posts))
    this.#notices?.send(notices)
    return outcomes
  }

  async #post(tx: Transaction<CommentTables>, posts: readonly Post[]) {
    const { committed, deleted } = await this.#committedBefore(tx, posts)
    const named = posts.flatMap((post) => (post.clientId === undefined ? [] : [{ post, request: requestOf(post) }]))
    const requests = await claim(
      tx,
      'comment_request',
      named.map(({ request }) => request),
    )
    const requestBy = new Map(named.map(({ post }, n) => [post, requests[n]]))
    const rows = posts.filter((post) => (requestBy.get(post)?.id ?? post.row.id) === post.row.id).map(({ row }) => row)
    const missing = rows.filter((row) => !committed.has(row.id)).sort(byKey)
    if (missing.length > 0) await tx.insertInto('comment').values(missing).execute()

    const gone = await deletedAmong(tx, posts)
    const late = missing.filter((row) => gone.has(row.video_id))
    await deleteByKey(tx, 'comment', late.map(keyOf))
    const added = missing.filter((row) => !gone.has(row.video_id))
    await this.#count(tx, added, 1)
    const notices = noticesOf(posts, added)
    await this.#notices?.put(tx, notices)

    const known = new Map(rows.filter((row) => !deleted.has(row.id)).map((row) => [row.id, row]))
    const earlier = requests.filter(({ id }) => !known.has(id))
    if (earlier.length > 0) for (const row of await selectComments(tx, earlier)) known.set(row.id, row)
    const outcomes = posts.map((post) => {
      const { id, video_id } = requestBy.get(post) ?? post.row
      if (video_id !== post.row.video_id) return errors.invalid('clientId', 'names a comment under another video')
      if (gone.has(video_id)) return errors.notFound('Video', video_id)
      return known.get(id) ?? errors.notFound('Comment', id)
    })
    return { outcomes, notices }
  }

  /**
   * A locking read: it waits for an earlier attempt whose commit is still under way, or for whoever deletes what that
   * one made. Only after it, deletions are looked for.
   */
  async #committedBefore(tx: Transaction<CommentTables>, posts: readonly Post[]) {
    const tried = posts.filter((post) => this.#tried.has(post)).map(({ row }) => row)
    for (const post of posts) this.#tried.add(post)
    const there = await selectComments(tx, tried, { lock: true })
    const deleted = idsOf(await rowsByKey<{ id: number }>(tx, { table: 'comment_deletion' }, tried.map(keyOf)))
    return { committed: idsOf(there).union(deleted), deleted }
  }

  async #wasDeletedBefore(
    tx: Transaction<CommentTables>,
    { video_id, id, author_id }: Omit<CommentRow, 'text'>,
  ): Promise<boolean> {
    const deletion = await tx
      .selectFrom('comment_deletion')
      .select('author_id')
      .where('video_id', '=', video_id)
      .where('id', '=', id)
      .executeTakeFirst()
    return deletion?.author_id === author_id
  }

  async #count(tx: Transaction<CommentTables>, rows: readonly { video_id: number }[], by: number): Promise<void> {
    const slot = this.#slot
    const changes = [...tally(rows.map((row) => [row.video_id, by] as const))]
    await addToCounters(
      tx,
      'comment_count_of_video',
      changes.map(([video_id, sum]) => ({ key: { video_id, slot }, by: sum })),
    )
  }

  async #forgetSome(tx: Transaction<CommentTables>, videoId: number): Promise<boolean> {
    await tx.insertInto('comment_deleted_video').ignore().values({ video_id: videoId }).execute()
    const some = await tx
      .selectFrom('comment')
      .select(['video_id', 'id'])
      .where('video_id', '=', videoId)
      .orderBy('id')
      .limit(forgottenAtOnce)
      .$if(hasRowLocks(tx), (query) => query.forUpdate())
      .execute()
    if (some.length > 0) {
      const ids = some.map((row) => row.id)
      await tx.deleteFrom('comment').where('video_id', '=', videoId).where('id', 'in', ids).execute()
      await this.#count(tx, some, -1)
    }
    return some.length === forgottenAtOnce
  }
}

/** Nobody is told of an own comment. */
const noticesOf = (posts: readonly Post[], added: readonly CommentRow[]): CommentNotice[] => {
  const authorOf = new Map(posts.map(({ row, videoAuthorId }) => [row.id, videoAuthorId]))
  return added.flatMap(({ id, video_id, author_id }) => {
    const videoAuthorId = authorOf.get(id) ?? author_id
    return videoAuthorId === author_id ? [] : [{ id, ownerId: video_id, videoAuthorId, authorId: author_id }]
  })
}

const requestOf = ({ row, clientId = '' }: Post) => ({
  owner_id: row.author_id,
  client_id: clientId,
  id: row.id,
  video_id: row.video_id,
})

/** The order of the primary key, so that two transactions take their locks in the same order. */
const byKey = (a: CommentRow, b: CommentRow) => a.video_id - b.video_id || a.id - b.id

const selectComments = (
  tx: Transaction<CommentTables>,
  keys: readonly { video_id: number; id: number }[],
  { lock = false } = {},
) => rowsByKey<CommentRow>(tx, { table: 'comment', lock }, keys.map(keyOf))

const keyOf = ({ video_id, id }: { video_id: number; id: number }) => ({ video_id, id })

const idsOf = (rows: readonly { id: number }[]) => new Set(rows.map((row) => row.id))

/**
 * Which of these posts' videos are deleted; asked after the insert. A locking read: it waits for a deletion that is just
 * being committed, and whichever of the two comes second sees the other.
 */
async function deletedAmong(tx: Transaction<CommentTables>, posts: readonly Post[]): Promise<Set<number>> {
  const found = await tx
    .selectFrom('comment_deleted_video')
    .select('video_id')
    .where('video_id', 'in', [...new Set(posts.map(({ row }) => row.video_id))])
    .$if(hasRowLocks(tx), (query) => query.forUpdate())
    .execute()
  return new Set(found.map((row) => row.video_id))
}
