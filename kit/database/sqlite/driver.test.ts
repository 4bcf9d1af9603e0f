import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { codeOf } from '../../errors.ts'
import { WriteBatch } from '../../write-batch.ts'
import { openDatabase } from '../database.ts'
import { inTransaction } from '../transaction.ts'

/** What the system does about a sync: the disk is real until a test says otherwise. */
async function syncsOf(context: TestContext, path: string) {
  const handle = await open(path, 'a')
  const { datasync } = Object.getPrototypeOf(handle) as typeof handle
  const syncs = context.mock.method(Object.getPrototypeOf(handle) as typeof handle, 'datasync', datasync)
  await handle.close()
  return syncs.mock
}

async function openNotes(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  const path = join(folder, 'notes.db')
  const statements: string[] = []
  const onStatement = ({ sql }: { sql: string }) => void statements.push(sql)
  const onBroken = context.mock.fn()
  const db = await openDatabase({ url: `sqlite:${path}`, onStatement, onBroken })
  context.after(async () => {
    await db.destroy()
    await rm(folder, { recursive: true })
  })
  await sql`create table note (id integer primary key, text text not null)`.execute(db)
  const notes = async () => (await db.selectFrom('note').select('text').orderBy('id').execute()).map(({ text }) => text)
  const add = (text: string) => db.insertInto('note').values({ text }).execute()
  const addTwo = (text: string) =>
    db.transaction().execute(async (tx) => {
      await tx
        .insertInto('note')
        .values({ text: `${text} 1` })
        .execute()
      await tx
        .insertInto('note')
        .values({ text: `${text} 2` })
        .execute()
    })
  const syncs = await syncsOf(context, join(folder, 'other'))
  return { db, path, statements, notes, add, addTwo, syncs, onBroken: onBroken.mock }
}

for (const way of ['add', 'addTwo'] as const)
  describe(way === 'add' ? 'a statement of its own' : 'a transaction', () => {
    test('is answered after a sync, and others go on meanwhile', async (context) => {
      const { notes, [way]: write, add, syncs } = await openNotes(context)
      const disk = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      syncs.mockImplementationOnce(() => {
        begun.resolve()
        return disk.promise
      })
      let answers = 0
      const writes = [write('first').then(() => answers++)]
      await begun.promise
      writes.push(add('second').then(() => answers++))
      assert.equal((await notes()).at(-1), 'second')
      assert.equal(answers, 0)
      disk.resolve()
      await Promise.all(writes)
      assert.equal(syncs.callCount(), 2)
    })

    test('is refused when its sync fails, and after it nothing is done or read', async (context) => {
      const { path, notes, [way]: write, add, syncs, onBroken } = await openNotes(context)
      await add('kept')
      assert.equal(onBroken.callCount(), 0)
      syncs.mockImplementationOnce(() => Promise.reject(new Error('EIO: i/o error, fdatasync')))
      const unavailable = { code: 'UNAVAILABLE', originalError: new Error('EIO: i/o error, fdatasync') }
      await assert.rejects(write('lost, perhaps'), unavailable)
      assert.equal(onBroken.callCount(), 1)
      await assert.rejects(write('later'), unavailable)
      await assert.rejects(notes(), unavailable)
      using other = new DatabaseSync(path)
      const { later } = other.prepare("select count(*) as later from note where text like 'later%'").get() ?? {}
      assert.equal(later, 0)
    })
  })

test('transactions take turns, and one that fails leaves nothing and holds up nobody', async (context) => {
  const { db, notes, addTwo } = await openNotes(context)
  const failing = db.transaction().execute(async (tx) => {
    await tx.insertInto('note').values({ text: 'never' }).execute()
    throw new Error('changed my mind')
  })
  const texts = ['a', 'b', 'c', 'd', 'e']
  const [failed, ...others] = await Promise.allSettled([failing, ...texts.map(addTwo), notes()])
  assert.equal(failed.status, 'rejected')
  assert.ok(others.every(({ status }) => status === 'fulfilled'))
  assert.deepEqual(
    await notes(),
    texts.flatMap((text) => [`${text} 1`, `${text} 2`]),
  )
})

test('a transaction that the database ended by itself takes nobody else’s with it', async (context) => {
  const { db, notes, addTwo } = await openNotes(context)
  await sql`insert into note (id, text) values (1, 'first')`.execute(db)
  const mine = db.transaction().execute(async (tx) => {
    await sql`insert or rollback into note (id, text) values (1, 'again')`.execute(tx).catch(() => {})
    await tx.insertInto('note').values({ text: 'written on' }).execute()
  })
  const others = addTwo('other')
  await assert.rejects(mine, /rolled back/)
  await others
  assert.deepEqual(await notes(), ['first', 'other 1', 'other 2'])
})

test('every statement is told, those around a transaction too', async (context) => {
  const { addTwo, statements } = await openNotes(context)
  statements.length = 0
  await addTwo('told')
  assert.deepEqual(
    statements.map((text) => text.split(' ', 1)[0]),
    ['begin', 'insert', 'insert', 'commit'],
  )
})

test('statements at once on one connection wait for nobody but each other', async (context) => {
  const { db, notes } = await openNotes(context)
  await db.connection().execute(async (one) => {
    await one.insertInto('note').values({ text: 'a' }).execute()
    const count = () => one.selectFrom('note').selectAll().execute()
    await Promise.all([count(), one.insertInto('note').values({ text: 'b' }).execute(), count(), count()])
  })
  assert.deepEqual(await notes(), ['a', 'b'])
})

test('a statement that fails on a connection of its own holds up nobody', async (context) => {
  const { db, notes } = await openNotes(context)
  await db.connection().execute(async (one) => {
    await assert.rejects(sql`select nothing from nowhere`.execute(one))
    assert.deepEqual(await notes(), [])
  })
})

test('a connection can be used after its transaction, however that ended', async (context) => {
  const { db, notes } = await openNotes(context)
  await db.connection().execute(async (one) => {
    const add = (text: string) =>
      one.transaction().execute(async (tx) => {
        await tx.insertInto('note').values({ text }).execute()
        if (text === 'never') throw new Error('changed my mind')
      })
    await add('a')
    await assert.rejects(add('never'), /changed my mind/)
    await one.insertInto('note').values({ text: 'b' }).execute()
    await add('c')
  })
  assert.deepEqual(await notes(), ['a', 'b', 'c'])
})

test('a file that another process has locked is refused soon, and others read meanwhile', async (context) => {
  const { db, path, notes, add } = await openNotes(context)
  await add('kept')
  using shell = new DatabaseSync(path)
  shell.exec('begin immediate')
  const write = (text: string) => inTransaction(db, (tx) => tx.insertInto('note').values({ text }).execute())
  const batch = new WriteBatch(async (texts: readonly string[]) => {
    for (const text of texts) await write(text)
    return texts
  })
  const stillness = monitorEventLoopDelay({ resolution: 10 })
  stillness.enable()
  const writes = Promise.allSettled(['a', 'b', 'c'].map((text) => batch.add(text)))
  assert.deepEqual(await notes(), ['kept'])
  const refused = (await writes).map((write) => write.status === 'rejected' && codeOf(write.reason))
  stillness.disable()
  assert.deepEqual(refused, ['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
  assert.ok(stillness.max < 3e9, `all stood still for ${stillness.max / 1e6} ms`)
  shell.exec('rollback')
  assert.equal(await batch.add('later'), 'later')
})

for (const way of ['add', 'addInTransaction'] as const)
  test(`a lock of another process is waited for, but not for long: ${way}`, async (context) => {
    const { db, path, notes, add } = await openNotes(context)
    const addInTransaction = (text: string) =>
      inTransaction(db, (tx) => tx.insertInto('note').values({ text }).execute())
    const write = { add, addInTransaction }[way]
    using shell = new DatabaseSync(path)
    shell.exec('begin immediate')
    const early = write('early')
    await sleep(200)
    assert.deepEqual(await notes(), [])
    shell.exec('rollback')
    await early
    assert.deepEqual(await notes(), ['early'])
    shell.exec('begin immediate')
    const started = performance.now()
    await assert.rejects(write('never'), (error) => codeOf(error) === 'UNAVAILABLE')
    const waited = performance.now() - started
    assert.ok(waited > 400 && waited < 3_000, `${waited} ms`)
    assert.deepEqual(await notes(), ['early'])
  })

test('a file may be somewhere else than its name', async (context) => {
  const { path, db, add } = await openNotes(context)
  await add('here')
  await db.destroy()
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  context.after(() => rm(folder, { recursive: true }))
  await symlink(path, join(folder, 'link.db'))
  const linked = await openDatabase({ url: `sqlite:${join(folder, 'link.db')}` })
  await sql`insert into note (text) values ('there')`.execute(linked)
  assert.equal((await linked.selectFrom('note').selectAll().execute()).length, 2)
  await linked.destroy()
})

test('only reads can be streamed, and one that is left early holds up nobody', async (context) => {
  const { db, add, notes } = await openNotes(context)
  for (const text of ['a', 'b', 'c']) await add(text)
  for await (const { text } of db.selectFrom('note').select('text').stream()) if (text === 'a') break
  const inserted = db.insertInto('note').values({ text: 'd' }).returning('id').stream()
  await assert.rejects(inserted[Symbol.asyncIterator]().next(), /only reads/)
  assert.equal((await notes()).length, 3)
})

test('a process whose log was long closes its database and ends in order', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  context.after(() => rm(folder, { recursive: true }))
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises'
    import { sql } from 'kysely'
    import { openDatabase } from '${new URL('../database.ts', import.meta.url)}'
    const db = await openDatabase({ url: 'sqlite:${join(folder, 'long.db')}' })
    await sql\`create table page (bytes blob)\`.execute(db)
    await sql\`with recursive n (n) as (select 1 union all select n + 1 from n where n < 2000)
      insert into page select randomblob(4000) from n\`.execute(db)
    const moved = async () => (await sql\`pragma wal_checkpoint(noop)\`.execute(db)).rows[0].checkpointed
    while ((await moved()) === 0) await sleep(50)
    await db.destroy()
    console.log('closed')`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
  })
  assert.equal(stdout, 'closed\n')
})

test('many writers share syncs', async (context) => {
  const { add, notes, syncs } = await openNotes(context)
  await Promise.all(Array.from({ length: 200 }, (_, n) => add(String(n))))
  assert.equal((await notes()).length, 200)
  assert.ok(syncs.callCount() < 100, `${syncs.callCount()} syncs`)
})

test('a file can be used again after it was closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'))
  const url = `sqlite:${join(folder, 'notes.db')}`
  for (const expected of [1, 2]) {
    const db = await openDatabase({ url })
    await sql`create table if not exists note (id integer primary key)`.execute(db)
    await db.insertInto('note').defaultValues().execute()
    assert.equal((await db.selectFrom('note').selectAll().execute()).length, expected)
    await db.destroy()
  }
  await rm(folder, { recursive: true })
})

test('rows are plain objects, whatever their columns are called, and have new columns when the table does', async (context) => {
  const { db, path, add } = await openNotes(context)
  await add('a')
  const all = () => db.selectFrom('note').selectAll().execute()
  assert.deepEqual(await all(), [{ id: 1, text: 'a' }])
  await sql`alter table note rename column text to words`.execute(db)
  assert.deepEqual(await all(), [{ id: 1, words: 'a' }])
  using shell = new DatabaseSync(path)
  shell.exec("alter table note add column mood text default 'fine'; alter table note drop column words")
  assert.deepEqual(await all(), [{ id: 1, mood: 'fine' }])
  const names = ['__proto__', 'constructor', 'say "it"', 'a b']
  const columns = names.map((name, n) => sql`${sql.lit(n)} as ${sql.ref(name.replaceAll('"', "'"))}`)
  const { rows } = await sql`select ${sql.join(columns)}`.execute(db)
  assert.deepEqual(Object.entries(rows[0] ?? {}), [
    ['__proto__', 0],
    ['constructor', 1],
    ["say 'it'", 2],
    ['a b', 3],
  ])
})
