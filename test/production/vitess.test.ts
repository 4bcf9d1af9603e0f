import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { databases } from '../testkit/databases.ts'
import { openMigrated } from '../testkit/migrated.ts'
import { shardKeys } from '../testkit/sharding/shard-keys.ts'

interface Table {
  readonly column_vindexes?: readonly { readonly column: string; readonly name: string }[]
}

/** A VSchema as `vtctldclient ApplyVSchema` takes it. */
interface Keyspace {
  readonly sharded: boolean
  readonly vindexes?: Readonly<Record<string, { readonly type: string }>>
  readonly tables: Readonly<Record<string, Table>>
}

const keyspaces = new Map(
  globSync('deploy/vitess/*/vschema.json').map((file) => [
    basename(dirname(file)),
    JSON.parse(readFileSync(file, 'utf8')) as Keyspace,
  ]),
)

/** The first column of each table's primary key, as the migrations make it. */
async function firstKeys(): Promise<Map<string, string>> {
  const [sqlite] = databases
  assert.ok(sqlite)
  await using world = await openMigrated(sqlite)
  const { rows } = await sql<{ table: string; column: string }>`
    select t.name as "table", c.name as "column"
    from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table' and c.pk = 1`.execute(world.db)
  return new Map(rows.map(({ table, column }) => [table, column]))
}

describe('the VSchema of Vitess', () => {
  test('every table lies in one keyspace, as names without a keyspace are found by the table alone', async () => {
    const tables = [...keyspaces.values()].flatMap((keyspace) => Object.keys(keyspace.tables))
    assert.deepEqual(tables.sort(), [...(await firstKeys()).keys()].sort())
  })

  test('rows are spread by the first column of the primary key', async () => {
    const keys = await firstKeys()
    for (const [name, { sharded, vindexes = {}, tables }] of keyspaces) {
      if (!sharded) continue
      for (const [table, { column_vindexes = [] }] of Object.entries(tables)) {
        assert.deepEqual(
          column_vindexes.map(({ column }) => column),
          [keys.get(table)],
          `${name}.${table}`,
        )
        for (const vindex of column_vindexes) assert.ok(vindex.name in vindexes, `${name}.${table}`)
      }
    }
  })

  test('not spread are the few rows that processes keep about themselves', () => {
    const whole = [...keyspaces.values()].filter(({ sharded }) => !sharded)
    assert.deepEqual(
      whole.flatMap(({ tables }) => Object.keys(tables)).sort(),
      Object.keys(shardKeys['kit'] ?? {}).sort(),
    )
    for (const { tables } of whole) for (const table of Object.values(tables)) assert.deepEqual(table, {})
  })
})
