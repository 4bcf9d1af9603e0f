import { type Database, hasRowLocks } from '../../kit/database/database.ts'
import { keyTable } from '../../kit/database/key-table.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import type { Check, World } from '../check.ts'
import { chunksOf, type Row } from '../keyset.ts'
import { rowsOf } from '../lookup.ts'

/** A follow as both sides have it; the times it was made say whether they are the same one. */
interface Sides {
  readonly user_id: number
  readonly target_id: number
  readonly id: number | null
  readonly mirror_id: number | null
}

type Pair = Pick<Sides, 'user_id' | 'target_id'>

/** Every follow is in the list of whom a user follows and, the same, in that of the other one's followers. */
export const followMirror: Check = {
  name: 'follows are the same on both sides',
  async run(world, report) {
    const inspect = async (suspects: readonly Pair[]) => {
      for (const sides of await differing(world, suspects)) {
        const { user_id, target_id, id, mirror_id } = sides
        const where = id === null ? 'following' : mirror_id === null ? 'follower' : 'one of the two'
        await report.finding(`${user_id} follows ${target_id}: missing or another in ${where}`, () =>
          repair(world, sides),
        )
      }
    }
    for await (const rows of chunksOf(world.db, 'following', ['user_id', 'target_id'])) {
      report.looked(rows.length)
      const pairs = rows.map(pairOf)
      const mirrors = await rowsOf(world.db, 'follower', pairs.map(mirrorOf))
      await inspect(pairs.filter((_, n) => mirrors[n]?.['id'] !== rows[n]?.['id']))
    }
    for await (const rows of chunksOf(world.db, 'follower', ['user_id', 'follower_id'])) {
      report.looked(rows.length)
      const pairs = rows.map((row) => ({ user_id: Number(row['follower_id']), target_id: Number(row['user_id']) }))
      const mirrors = await rowsOf(world.db, 'following', pairs)
      await inspect(pairs.filter((_, n) => mirrors[n]?.['id'] !== rows[n]?.['id']))
    }
  },
}

const pairOf = (row: Row) => ({ user_id: Number(row['user_id']), target_id: Number(row['target_id']) })
/** Under which key the other one's list has it. */
const mirrorOf = ({ user_id, target_id }: Pair) => ({ user_id: target_id, follower_id: user_id })

async function differing({ db }: Pick<World, 'db'>, pairs: readonly Pair[]): Promise<Sides[]> {
  if (pairs.length === 0) return []
  const rows = await db
    .selectFrom(keyTable(pairs).as('pair'))
    .leftJoin('following', (join) =>
      join.onRef('following.user_id', '=', 'pair.user_id').onRef('following.target_id', '=', 'pair.target_id'),
    )
    .leftJoin('follower', (join) =>
      join.onRef('follower.user_id', '=', 'pair.target_id').onRef('follower.follower_id', '=', 'pair.user_id'),
    )
    .select(['pair.user_id', 'pair.target_id', 'following.id as id', 'follower.id as mirror_id'])
    .execute()
  return (rows as Sides[]).filter(({ id, mirror_id }) => id !== mirror_id) // the columns that were selected
}

/** The side of whoever follows is the truth; its row's lock keeps others from both. */
function repair({ db }: World, { user_id, target_id }: Pair): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx
      .selectFrom('following')
      .select('id')
      .where('user_id', '=', user_id)
      .where('target_id', '=', target_id)
      .$if(hasRowLocks(tx), (query) => query.forUpdate())
      .execute()
    for (const { id, mirror_id } of await differing({ db: tx }, [{ user_id, target_id }])) {
      if (mirror_id !== null)
        await tx.deleteFrom('follower').where('user_id', '=', target_id).where('follower_id', '=', user_id).execute()
      if (id !== null)
        await tx.insertInto('follower').values({ user_id: target_id, follower_id: user_id, id }).execute()
    }
  })
}

/** Who is a friend of somebody has that one for a friend too. Follows that are the same on both sides make it so. */
export const friendEdges: Check = {
  name: 'friends are friends of each other',
  async run({ db }, report) {
    for await (const rows of chunksOf(db, 'following', ['user_id', 'target_id'])) {
      const pairs = rows.map(pairOf)
      const back = await rowsOf(
        db,
        'follower',
        pairs.map(({ user_id, target_id }) => ({ user_id, follower_id: target_id })),
      )
      const friends = pairs.filter((_, n) => back[n])
      report.looked(friends.length)
      const theirs = await rowsOf(
        db,
        'following',
        friends.map(({ user_id, target_id }) => ({ user_id: target_id, target_id: user_id })),
      )
      const forth = await rowsOf(db, 'follower', friends.map(mirrorOf))
      const suspects = friends.filter((_, n) => !theirs[n] || !forth[n])
      for (const { user_id, target_id } of await oneSided(db, suspects))
        await report.finding(`${target_id} is a friend of ${user_id}, but not the other way round`)
    }
  },
}

async function oneSided(db: Database, pairs: readonly Pair[]): Promise<Pair[]> {
  if (pairs.length === 0) return []
  const friends = await db
    .selectFrom(keyTable(pairs).as('pair'))
    .innerJoin('following as ours', (join) =>
      join.onRef('ours.user_id', '=', 'pair.user_id').onRef('ours.target_id', '=', 'pair.target_id'),
    )
    .innerJoin('follower as back', (join) =>
      join.onRef('back.user_id', '=', 'pair.user_id').onRef('back.follower_id', '=', 'pair.target_id'),
    )
    .leftJoin('following as theirs', (join) =>
      join.onRef('theirs.user_id', '=', 'pair.target_id').onRef('theirs.target_id', '=', 'pair.user_id'),
    )
    .leftJoin('follower as forth', (join) =>
      join.onRef('forth.user_id', '=', 'pair.target_id').onRef('forth.follower_id', '=', 'pair.user_id'),
    )
    .select(['pair.user_id', 'pair.target_id', 'theirs.id as theirs_id', 'forth.id as forth_id'])
    .execute()
  return friends.filter(({ theirs_id, forth_id }) => theirs_id === null || forth_id === null)
}
