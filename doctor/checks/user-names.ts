import { keyTable } from '../../kit/database/key-table.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import type { Check, World } from '../check.ts'
import { chunksOf } from '../keyset.ts'
import { rowsOf } from '../lookup.ts'

interface Sides {
  readonly id: number
  readonly name: string
  /** Whose the name is; null for nobody's. */
  readonly owner: number | null
  /** What the user is called; null when there is no such user. */
  readonly called: string | null
}

type Naming = Pick<Sides, 'id' | 'name'>

/** Every user owns its name, and every name belongs to a user who is called so. */
export const userNames: Check = {
  name: 'names belong to the users who have them',
  async run(world, report) {
    const inspect = async (suspects: readonly Naming[]) => {
      for (const sides of await differing(world, suspects)) {
        const { id, name, owner, called } = sides
        const text =
          called === null
            ? `the name ${name} belongs to user ${id}, who does not exist`
            : called !== name
              ? `the name ${name} belongs to user ${id}, who is called ${called}`
              : `user ${id} is called ${name}, which belongs to ${owner ?? 'nobody'}`
        // A name that two users have can't be taken from either: which of them to rename is for a person to say.
        const conflict = called === name && owner !== null
        await (conflict ? report.finding(text) : report.finding(text, () => repair(world, sides)))
      }
    }
    // First the names: one that belongs to the wrong user keeps the right one from it.
    for await (const rows of chunksOf(world.db, 'user_name', ['name'])) {
      report.looked(rows.length)
      const namings = rows.map((row) => ({ id: Number(row['user_id']), name: String(row['name']) }))
      const users = await rowsOf(
        world.db,
        'user',
        namings.map(({ id }) => ({ id })),
      )
      await inspect(namings.filter(({ name }, n) => users[n]?.['name'] !== name))
    }
    for await (const rows of chunksOf(world.db, 'user', ['id'])) {
      report.looked(rows.length)
      const namings = rows.map((row) => ({ id: Number(row['id']), name: String(row['name']) }))
      const names = await rowsOf(
        world.db,
        'user_name',
        namings.map(({ name }) => ({ name })),
      )
      await inspect(namings.filter(({ id }, n) => names[n]?.['user_id'] !== id))
    }
  },
}

async function differing({ db }: Pick<World, 'db'>, namings: readonly Naming[]): Promise<Sides[]> {
  if (namings.length === 0) return []
  const rows = await db
    .selectFrom(keyTable(namings.map(({ id }) => ({ id }))).as('wanted'))
    .leftJoin('user', 'user.id', 'wanted.id')
    .leftJoin('user_name', 'user_name.name', 'user.name')
    .select(['wanted.id', 'user.name as called', 'user_name.user_id as owner'])
    .execute()
  const users = new Map(rows.map((row) => [Number(row.id), row]))
  const names = await db
    .selectFrom('user_name')
    .leftJoin('user', 'user.id', 'user_name.user_id')
    .select(['user_name.name', 'user_name.user_id', 'user.name as called'])
    .where(
      'user_name.name',
      'in',
      namings.map(({ name }) => name),
    )
    .execute()
  const wrong = new Map(names.filter((row) => row.called !== row.name).map((row) => [row.name, row]))
  return namings.flatMap(({ id, name }): Sides[] => {
    const user = users.get(id)
    const naming = wrong.get(name)
    if (naming?.user_id === id) return [{ id, name, owner: id, called: naming.called }]
    // A user who was renamed since its row was read is called otherwise by now, and looked at under that name.
    return user?.called === name && user.owner !== id ? [{ id, name, owner: user.owner, called: name }] : []
  })
}

function repair({ db }: World, { id, name }: Naming): Promise<void> {
  return inTransaction(db, async (tx) => {
    for (const { called } of await differing({ db: tx }, [{ id, name }]))
      if (called === name) await tx.insertInto('user_name').ignore().values({ name, user_id: id }).execute()
      else await tx.deleteFrom('user_name').where('name', '=', name).where('user_id', '=', id).execute()
  })
}
