import type { Kysely } from 'kysely'
import { inKeyOrder } from '../../kit/batch.ts'
import type { Session, UserRow, UserTables } from './tables.ts'

/** The read that pages are made of; what a cache puts itself in front of. */
export interface Users {
  /** In the order of the ids, null for a user who does not exist. */
  byId(ids: readonly number[]): Promise<(UserRow | null)[]>
  /** The same of one user, where that needs no asking; undefined where it does. */
  readonly atHand?: { byId(id: number): UserRow | null | undefined }
}

/** What a password is checked against. */
export interface Credentials extends Session {
  readonly password_hash: string
}

export const profileColumns = ['id', 'name', 'avatar', 'background', 'signature'] as const

/** Every read of users. */
export class UserStore implements Users {
  readonly #db: Kysely<UserTables>

  constructor(db: Kysely<UserTables>) {
    this.#db = db
  }

  async byId(ids: readonly number[]): Promise<(UserRow | null)[]> {
    const rows = await this.#db.selectFrom('user').select(profileColumns).where('id', 'in', ids).execute()
    return inKeyOrder<number, UserRow, UserRow | null>(
      ids,
      rows,
      (row) => row.id,
      (row) => row,
      null,
    )
  }

  /** Null for a user who does not exist. Never cached: an ended session is ended for the next request. */
  async sessionVersionById(ids: readonly number[]): Promise<(number | null)[]> {
    const rows = await this.#db.selectFrom('user').select(['id', 'session_version']).where('id', 'in', ids).execute()
    return inKeyOrder<number, Session, number | null>(
      ids,
      rows,
      (row) => row.id,
      (row) => row.session_version,
      null,
    )
  }

  async idByName(name: string): Promise<number | undefined> {
    const row = await this.#db.selectFrom('user_name').select('user_id').where('name', '=', name).executeTakeFirst()
    return row?.user_id
  }

  credentialsById(id: number): Promise<Credentials | undefined> {
    return this.#db
      .selectFrom('user')
      .select(['id', 'session_version', 'password_hash'])
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** As many statements for a name that nobody has as for one that somebody has. */
  async credentialsByName(name: string): Promise<Credentials | undefined> {
    const id = await this.idByName(name)
    return this.credentialsById(id ?? 0)
  }
}
