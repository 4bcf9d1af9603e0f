import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { damages } from '../../doctor/damages-testkit.ts'
import { openTown } from '../../doctor/doctor-testkit.ts'
import { databases } from '../testkit/databases.ts'
import { openMigrated } from '../testkit/migrated.ts'
import { faultsOf } from '../testkit/sharding/check-statement.ts'
import { shardKeys } from '../testkit/sharding/shard-keys.ts'
import { plainSql } from '../testkit/sharding/sql-tree.ts'

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

const keyOf = new Map(Object.values(shardKeys).flatMap((tables) => Object.entries(tables)))

/** What of the doctor's goes to more than one shard, or to several keyspaces. None of it writes or locks. */
const scattered: readonly { readonly form: RegExp; readonly why: string; fits?(match: RegExpExecArray): boolean }[] = [
  {
    form: /^select (?:\*|\w+) from \w+(?: where (?!.*\b(?:join|group|select)\b).*)? order by [\w, ]+ limit \?$/,
    why: 'a walk along an index: each shard reads its next rows, and they are merged',
  },
  {
    form: /^select (\w+), count\(\*\) as n from \w+ where \1 between \? and \? group by \1 order by \1$/,
    why: 'groups of a range that a walk has found, no more than it read rows',
  },
  {
    form: /^select ((\w+)[\w, ]*), (?:count|sum|max)\(.*\) as \w+ from (\w+) where [^()]+ group by \1 order by \1 limit \?$/,
    why: 'whole groups lie on one shard, which is told how many are wanted',
    fits: ([, , column, table]) => keyOf.get(table ?? '') === column,
  },
  {
    form: /^select [^()]+ from \(select \? as [^()]+\) as (?:wanted|pair)(?: (?:inner|left) join \w+(?: as \w+)? on [^()]+)+$/,
    why: 'a suspicion is looked at by one statement; Vitess asks for each row of it',
  },
  {
    form: /^select [^()]+ from user_name left join user on user\.id = user_name\.user_id where user_name\.name in \(.*\)$/,
    why: 'the same',
  },
  {
    form: /^select t\.video_id as video_id, count\(\*\) as n from \w+ as t left join video .* where t\.video_id in \(.*\) and .*$/,
    why: 'the same',
  },
  {
    form: /^select id, sum\(found\) .* where \w+ in \(.*\) group by \w+ union all .* where \w+ in \(.*\) group by \w+\) as sides group by id having .*$/,
    why: 'the same: rows and counters of those that seem to differ',
  },
]

for (const database of databases)
  test(`the statements of the doctor are of forms that Vitess plans, on ${database.name}`, {
    skip: database.skip,
  }, async () => {
    const statements = new Set<string>()
    await using town = await openTown(database, { onStatement: ({ sql }) => statements.add(plainSql(sql)) })
    for (const { harm } of damages) await harm(town)
    statements.clear()
    for (const repair of [false, true]) await town.diagnose(repair)
    assert.ok(statements.size > 100)
    // It moves a filter by such a function to where the database allows none.
    for (const statement of statements) assert.doesNotMatch(statement, /\bover ?\(/)
    const isPlanned = (statement: string) =>
      scattered.some(({ form, fits = () => true }) => {
        const match = form.exec(statement)
        return match !== null && fits(match)
      })
    const faulty = [...statements].filter((statement) => faultsOf(statement).length > 0)
    assert.deepEqual(
      faulty.filter((statement) => !isPlanned(statement)),
      [],
    )
    for (const { form } of scattered)
      assert.ok(
        faulty.some((statement) => form.test(statement)),
        String(form),
      )
  })
