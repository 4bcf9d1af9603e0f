import type { Database } from './database.ts'
import { rowsByKey } from './rows-by-key.ts'

/** A request that its sender gave a name, so that a repeat can be told from a new one. */
export interface Claim {
  /** Whose name it is: two senders may choose the same. */
  owner_id: number
  /** Without spaces around it: MariaDB takes names that differ in trailing spaces for the same, SQLite does not. */
  client_id: string
  /** What the request makes, if it is the first of its name. */
  id: number
}

/**
 * Claims names, first come first served, also among processes that try at once: a claim waits for the transaction of an
 * equal one.
 *
 * @param table has primary key (owner_id, client_id), and the columns of `claims`
 * @returns for each claim what the table holds for its name: the claim itself or the earlier one
 */
export async function claim<Row extends Claim>(tx: Database, table: string, claims: readonly Row[]): Promise<Row[]> {
  if (claims.length === 0) return []
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto(table)
    .ignore()
    .values(claims.toSorted(inLockOrder))
    .executeTakeFirstOrThrow()
  if (Number(numInsertedOrUpdatedRows) === claims.length) return [...claims] // all were first: nothing else to look for
  const names = claims.map(({ owner_id, client_id }) => ({ owner_id, client_id }))
  const stored = await rowsByKey<Row>(tx, { table }, names)
  const byName = new Map(stored.map((row) => [nameOf(row), row]))
  return claims.map((row) => byName.get(nameOf(row)) ?? row)
}

const nameOf = ({ owner_id, client_id }: Claim) => `${owner_id} ${client_id}`

/** Any order will do, as long as every transaction takes its locks in the same one. Equal names stay in their order. */
const inLockOrder = (a: Claim, b: Claim) =>
  a.owner_id - b.owner_id || (a.client_id < b.client_id ? -1 : Number(a.client_id > b.client_id))
