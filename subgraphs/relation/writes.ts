import type { Kysely, Transaction } from 'kysely'
import { type CacheWriter, uncached } from '../../kit/cache/cache-writer.ts'
import { addToCounters, tally } from '../../kit/database/counter.ts'
import { deleteByKey } from '../../kit/database/delete-by-key.ts'
import { rowsByKey } from '../../kit/database/rows-by-key.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { type AppError, errors } from '../../kit/errors.ts'
import type { IdSource } from '../../kit/ids.ts'
import type { Outbox } from '../../kit/outbox.ts'
import { WriteBatch } from '../../kit/write-batch.ts'
import type { FollowNotice } from './notices.ts'
import type { FollowingRow, Pair, RelationTables } from './tables.ts'

/** What a caller wants to hold: that a user follows another, or does not. */
export interface Wish extends Pair {
  readonly follow: boolean
}

/** How many users one may follow: a user's friends are found among them. */
const mostFollows = 10_000
/** Far more than all processes together add for one user while one transaction runs. */
const margin = 5_000

type NoticeSink = Pick<Outbox<FollowNotice>, 'put' | 'send'>

/**
 * Every change of follows. Callers of one process share transactions; the counters move by the number of rows that were
 * really inserted or deleted, in the same transaction.
 */
export class RelationWrites {
  readonly #db: Kysely<RelationTables>
  readonly #ids: IdSource
  readonly #slot: number
  readonly #notices: NoticeSink | undefined
  readonly #most: number
  readonly #batch: WriteBatch<Wish, undefined>

  /**
   * @param slot in which slot of a counter this process counts; processes that run at once should differ
   * @param follows hears of every follow that comes or goes
   * @param notices tells users of followers
   * @param most that one user may follow
   */
  constructor(
    db: Kysely<RelationTables>,
    ids: IdSource,
    slot: number,
    follows: CacheWriter<Pair> = uncached,
    notices?: NoticeSink,
    most = mostFollows,
  ) {
    this.#db = db
    this.#ids = ids
    this.#slot = slot
    this.#notices = notices
    this.#most = most
    this.#batch = new WriteBatch<Wish, undefined>((wishes) => follows.writing(wishes, () => this.#commit(wishes)))
  }

  /** Makes the wish true, if it is not. Resolves after the commit. @throws LIMIT_EXCEEDED for who follows too many */
  set(wish: Wish): Promise<undefined> {
    return this.#batch.add(wish)
  }

  async #commit(wishes: readonly Wish[]): Promise<(undefined | AppError)[]> {
    const last = [...new Map(wishes.map((wish) => [keyOf(wish), wish])).values()] // of equal pairs the later wish wins
    const { notices, refused } = await inTransaction(this.#db, async (tx) => {
      const present = await lockPresent(tx, last)
      const held = new Set(present.map(keyOf))
      const missing = last.filter((wish) => wish.follow && !held.has(keyOf(wish)))
      const { wanted, refused, check } = await this.#withinLimit(tx, missing)
      const unwanted = new Set(last.filter(({ follow }) => !follow).map(keyOf))
      const removed = present.filter((row) => unwanted.has(keyOf(row)))
      const added = await this.#insert(tx, wanted)
      await remove(tx, removed)
      await this.#count(tx, [...added.map((row) => [row, 1] as const), ...removed.map((row) => [row, -1] as const)])
      await check()
      const ofAdded = added.map(({ id, user_id, target_id }) => ({ id, ownerId: user_id, targetId: target_id }))
      await this.#notices?.put(tx, ofAdded)
      return { notices: ofAdded, refused: new Set(refused.map(keyOf)) }
    })
    this.#notices?.send(notices)
    return wishes.map((wish) => (wish.follow && refused.has(keyOf(wish)) ? this.#tooMany() : undefined))
  }

  /**
   * Of new follows, those that their user may have, in the order of their arrival. `check` is for after the counters were
   * moved: what another process added meanwhile is seen only then, and matters only to who has come near the limit.
   */
  async #withinLimit(tx: Transaction<RelationTables>, missing: readonly Wish[]) {
    const users = [...new Set(missing.map(({ user_id }) => user_id))].sort((a, b) => a - b)
    const counts = new Map(await followCounts(tx, users))
    const near = users.filter((user) => (counts.get(user) ?? 0) > this.#most - margin)
    const wanted: Wish[] = []
    const refused: Wish[] = []
    for (const wish of missing) {
      const count = counts.get(wish.user_id) ?? 0
      if (count < this.#most) counts.set(wish.user_id, count + 1)
      const fitting = count < this.#most ? wanted : refused
      fitting.push(wish)
    }
    const check = async () => {
      for (const [, count] of await followCounts(tx, near)) if (count > this.#most) throw this.#tooMany()
    }
    return { wanted, refused, check }
  }

  #tooMany(): AppError {
    return errors.limitExceeded('follows', this.#most)
  }

  /** The rows among those wanted that another process did not insert at the same time. */
  async #insert(tx: Transaction<RelationTables>, wanted: readonly Pair[]): Promise<FollowingRow[]> {
    if (wanted.length === 0) return []
    // Ids are made here, at each attempt: a row left by an attempt whose commit was not answered is not counted again.
    const ids = wanted.map(() => this.#ids.next())
    const rows = wanted.map(({ user_id, target_id }, n) => ({ user_id, target_id, id: ids[n] as number })) // of equal length
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('following')
      .ignore()
      .values(sorted(rows))
      .executeTakeFirstOrThrow()
    const added = numInsertedOrUpdatedRows === BigInt(rows.length) ? rows : await ownAmong(tx, rows)
    const mirrored = added.map(({ user_id, target_id, id }) => ({ user_id: target_id, follower_id: user_id, id }))
    mirrored.sort((a, b) => a.user_id - b.user_id || a.follower_id - b.follower_id)
    if (mirrored.length > 0) await tx.insertInto('follower').ignore().values(mirrored).execute()
    return added
  }

  async #count(tx: Transaction<RelationTables>, changes: readonly (readonly [FollowingRow, number])[]): Promise<void> {
    const sum = (key: (row: FollowingRow) => number) => [...tally(changes.map(([row, by]) => [key(row), by] as const))]
    const follows = sum((row) => row.user_id).map(([user_id, by]) => ({ key: { user_id }, by }))
    await addToCounters(tx, 'follow_count', follows)
    const slot = this.#slot
    const followers = sum((row) => row.target_id).map(([user_id, by]) => ({ key: { user_id, slot }, by }))
    await addToCounters(tx, 'follower_count', followers)
  }
}

async function followCounts(tx: Transaction<RelationTables>, users: readonly number[]): Promise<[number, number][]> {
  if (users.length === 0) return []
  const rows = await tx.selectFrom('follow_count').selectAll().where('user_id', 'in', users).execute()
  return rows.map(({ user_id, count }) => [user_id, count])
}

const keyOf = (pair: Pair) => `${pair.user_id} ${pair.target_id}`

/** In the order of the primary key, so that two transactions take their locks in the same order. */
const sorted = <Row extends Pair>(rows: readonly Row[]) =>
  rows.toSorted((a, b) => a.user_id - b.user_id || a.target_id - b.target_id)

const selectPairs = (tx: Transaction<RelationTables>, pairs: readonly Pair[], { lock = false } = {}) =>
  rowsByKey<FollowingRow>(
    tx,
    { table: 'following', lock },
    sorted(pairs).map(({ user_id, target_id }) => ({ user_id, target_id })),
  )

/**
 * The rows of these pairs that exist, locked. Who holds the lock of a `following` row may change its mirror in `follower`
 * too, which therefore needs no lock of its own.
 */
const lockPresent = (tx: Transaction<RelationTables>, pairs: readonly Pair[]): Promise<FollowingRow[]> =>
  selectPairs(tx, pairs, { lock: true })

async function ownAmong(tx: Transaction<RelationTables>, rows: readonly FollowingRow[]): Promise<FollowingRow[]> {
  const ours = new Set(rows.map(({ id }) => id))
  return (await selectPairs(tx, rows)).filter(({ id }) => ours.has(id))
}

async function remove(tx: Transaction<RelationTables>, rows: readonly FollowingRow[]): Promise<void> {
  const pairs = sorted(rows)
  await deleteByKey(
    tx,
    'following',
    pairs.map(({ user_id, target_id }) => ({ user_id, target_id })),
  )
  await deleteByKey(
    tx,
    'follower',
    pairs.map(({ user_id, target_id }) => ({ user_id: target_id, follower_id: user_id })),
  )
}
