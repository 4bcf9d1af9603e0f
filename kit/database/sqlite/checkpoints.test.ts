import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { eventually } from '../../../test/testkit/eventually.ts'
import { Checkpoints, type CheckpointsOptions } from './checkpoints.ts'

/** A database whose log nobody moves but the checkpoints that a test makes. */
async function openLogged(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'checkpoints-'))
  const path = join(folder, 'some.db')
  const db = new DatabaseSync(path)
  db.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table page (bytes blob)')
  const insert = db.prepare('insert into page values (randomblob(4000))')
  const write = (pages: number) => {
    for (let n = 0; n < pages; n++) insert.run()
  }
  const changes: ('fails' | 'works')[] = []
  const start = (options: Partial<CheckpointsOptions> = {}) => {
    const onChange = (reason?: unknown) => void changes.push(reason === undefined ? 'works' : 'fails')
    return new Checkpoints({ path, alone: async (work) => void (await work()), onChange, afterMs: 1, ...options })
  }
  context.after(async () => {
    db.close()
    await rm(folder, { recursive: true })
  })
  /** Pages in the log, and those of them that are in the database too. Moves nothing by itself. */
  const log = () => db.prepare('pragma wal_checkpoint(noop)').get() as { log: number; checkpointed: number }
  return { path, write, start, log, changes }
}

test('what was written goes to the database, and a log that is long begins anew', async (context) => {
  const { path, write, start, log, changes } = await openLogged(context)
  using reader = new DatabaseSync(path)
  await using checkpoints = start({
    smallLog: 0,
    longLog: 100,
    async alone(work) {
      write(10) // somebody is always quicker
      reader.exec('commit')
      await work()
    },
  })
  write(200)
  reader.exec('begin; select count(*) from page')
  await checkpoints.move()
  const { log: pages, checkpointed } = log()
  assert.ok(pages >= 210, `${pages} pages in the log`)
  assert.equal(checkpointed, pages)
  write(1)
  assert.ok(log().log < 10)
  assert.deepEqual(changes, [])
})

test('nobody has to wait for a log that is not long, and a small one is left alone', async (context) => {
  const { write, start, log, changes } = await openLogged(context)
  const alone = () => Promise.reject(new Error('there is no need'))
  write(50)
  await using small = start({ smallLog: 1 << 20, alone })
  await small.move()
  assert.equal(log().checkpointed, 0)
  await using checkpoints = start({ smallLog: 1_000, longLog: 1_000, alone })
  await checkpoints.move()
  assert.ok(log().checkpointed >= 50)
  assert.deepEqual(changes, [])
})

test('a write is moved by and by', async (context) => {
  const { write, start, log } = await openLogged(context)
  await using checkpoints = start({ smallLog: 0 })
  for (let round = 0; round < 3; round++) {
    write(20)
    checkpoints.written()
    await eventually(() => assert.equal(log().checkpointed, log().log))
  }
})

test('what is written during a move is moved after it', async (context) => {
  const { write, start, log } = await openLogged(context)
  let moves = 0
  await using checkpoints = start({
    smallLog: 0,
    longLog: 10,
    async alone(work) {
      await work()
      if (moves++ > 0) return
      write(20)
      checkpoints.written()
    },
  })
  write(20)
  checkpoints.written()
  await eventually(() => assert.equal(moves, 2))
  await eventually(() => assert.equal(log().checkpointed, log().log))
})

test('what can’t be moved now is tried again, and who asked is told both', async (context) => {
  const { path, write, start, log, changes } = await openLogged(context)
  write(50)
  const away = `${path} is away`
  await using checkpoints = start({ path: away, smallLog: 0 })
  await checkpoints.move()
  // A folder can be opened by nobody as a database: the thread ends.
  await mkdir(away)
  await writeFile(`${away}-wal`, Buffer.alloc(5_000))
  await checkpoints.move()
  await rm(`${away}-wal`)
  await rmdir(away)
  for (const suffix of ['', '-wal', '-shm']) await symlink(path + suffix, away + suffix)
  await checkpoints.move()
  await checkpoints.move()
  assert.deepEqual(changes, ['fails', 'fails', 'works'])
  assert.equal(log().checkpointed, log().log)
})
