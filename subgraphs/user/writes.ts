import type { Kysely, Transaction } from 'kysely'
import { type CacheWriter, uncached } from '../../kit/cache/cache-writer.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import { inTransaction } from '../../kit/database/transaction.ts'
import { errors } from '../../kit/errors.ts'
import { profileColumns } from './store.ts'
import type { Session, UserRow, UserTables } from './tables.ts'

export interface NewUser {
  readonly id: number
  readonly name: string
  readonly passwordHash: string
}

export type ProfileChanges = Partial<Pick<UserRow, 'name' | 'avatar' | 'background' | 'signature'>>

/** A user with the session version that the same commit left it. */
export type SignedUser = UserRow & Session

/** Every change of users. Each returns the user as it was committed, or null when there is no such user. */
export class UserWrites {
  readonly #db: Kysely<UserTables>

  readonly #profiles: CacheWriter<number>

  /** @param profiles hears of every change of what {@link UserRow} holds */
  constructor(db: Kysely<UserTables>, profiles: CacheWriter<number> = uncached) {
    this.#db = db
    this.#profiles = profiles
  }

  /** @throws ALREADY_EXISTS when the name is taken; nothing is left behind then */
  register({ id, name, passwordHash }: NewUser): Promise<SignedUser> {
    const user: SignedUser = { id, name, session_version: 1, avatar: '', background: '', signature: '' }
    const write = async (tx: Transaction<UserTables>) => {
      await claimName(tx, name, id)
      // Ignored when it is there: then the answer to an earlier commit of this very user was lost.
      await tx
        .insertInto('user')
        .ignore()
        .values({ ...user, password_hash: passwordHash })
        .execute()
      return user
    }
    // Somebody may have asked for this very id before, and found nobody.
    return this.#profiles.writing([id], () => inTransaction(this.#db, write))
  }

  /**
   * Replaces one password by another and ends every session, if `from` still holds: a hash has its own salt, so no two
   * passwords that were ever set have the same. Null also when it holds no more.
   */
  changePassword(id: number, from: string, to: string): Promise<SignedUser | null> {
    return inTransaction(this.#db, async (tx) => {
      await tx
        .updateTable('user')
        .set(({ eb }) => ({ password_hash: to, session_version: eb('session_version', '+', 1) }))
        .where('id', '=', id)
        .where('password_hash', '=', from)
        .execute()
      // Asked of the row rather than of the count: after a lost answer the change is there, though not by this attempt.
      const user = await selectSigned(tx, id).where('password_hash', '=', to).executeTakeFirst()
      return user ?? null
    })
  }

  endSessions(id: number): Promise<SignedUser | null> {
    return inTransaction(this.#db, async (tx) => {
      await tx
        .updateTable('user')
        .set(({ eb }) => ({ session_version: eb('session_version', '+', 1) }))
        .where('id', '=', id)
        .execute()
      return (await selectSigned(tx, id).executeTakeFirst()) ?? null
    })
  }

  /** @throws ALREADY_EXISTS when the new name is taken; nothing is changed then */
  updateProfile(id: number, changes: ProfileChanges): Promise<UserRow | null> {
    const write = async (tx: Transaction<UserTables>): Promise<UserRow | null> => {
      const user = await selectUser(tx, id)
        .$if(hasRowLocks(tx), (query) => query.forUpdate())
        .executeTakeFirst()
      if (!user) return null
      if (changes.name !== undefined && changes.name !== user.name) {
        await claimName(tx, changes.name, id)
        await tx.deleteFrom('user_name').where('name', '=', user.name).where('user_id', '=', id).execute()
      }
      if (Object.keys(changes).length > 0) await tx.updateTable('user').set(changes).where('id', '=', id).execute()
      return { ...user, ...changes }
    }
    return this.#profiles.writing([id], () => inTransaction(this.#db, write))
  }
}

const selectUser = (tx: Transaction<UserTables>, id: number) =>
  tx.selectFrom('user').select(profileColumns).where('id', '=', id)

const selectSigned = (tx: Transaction<UserTables>, id: number) => selectUser(tx, id).select('session_version')

/** The primary key decides who gets a name; whoever comes second waits for the first one's commit. */
async function claimName(tx: Transaction<UserTables>, name: string, userId: number): Promise<void> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('user_name')
    .ignore()
    .values({ name, user_id: userId })
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 1n) return
  const owner = await tx.selectFrom('user_name').select('user_id').where('name', '=', name).executeTakeFirst()
  if (owner?.user_id !== userId) throw nameTaken()
}

export const nameTaken = () => errors.alreadyExists('name', 'this name is taken')
