import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lockData } from '../composition/data-lock.ts'
import { openDatabase } from '../kit/database/database.ts'
import { migrateAll } from '../test/testkit/migrated.ts'
import { temporaryFolder } from '../test/testkit/server-process.ts'

/** What `npm run doctor` runs, on a data folder. */
function doctor(dataDir: string, ...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>()
  const script = fileURLToPath(new URL('main.ts', import.meta.url))
  const env = { DATA_DIR: dataDir, NODE_ENV: 'production' }
  execFile(process.execPath, [script, ...options], { env }, (error, stdout, stderr) =>
    resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
  )
  return promise
}

async function withDamage() {
  const folder = await temporaryFolder('doctor')
  const db = await openDatabase({ url: `sqlite:${join(folder, 'douyin.db')}` })
  await migrateAll(db)
  await db.insertInto('work_count').values({ user_id: 5, count: 2 }).execute()
  await db.destroy()
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

describe('npm run doctor', () => {
  test('prints a table and fails on a finding, until it was repaired', async () => {
    await using world = await withDamage()
    const found = await doctor(world.folder)
    assert.equal(found.code, 1, found.stderr)
    assert.match(found.stdout, /counter: works of a user +1 +1 +0\n {4}work_count of 5 says 2, there are 0/)
    assert.match(found.stdout, /1 findings, 0 repaired/)
    const repaired = await doctor(world.folder, '--repair')
    assert.equal(repaired.code, 0, repaired.stderr)
    assert.match(repaired.stdout, /1 findings, 1 repaired/)
    assert.equal((await doctor(world.folder)).code, 0)
  })

  test('repairs nothing beside an app that runs, and still looks', async () => {
    await using world = await withDamage()
    const unlock = await lockData(`sqlite:${join(world.folder, 'douyin.db')}`)
    const refused = await doctor(world.folder, '--repair')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /^another process works on .*douyin\.db: end it/)
    assert.equal((await doctor(world.folder)).code, 1)
    unlock()
    assert.equal((await doctor(world.folder, '--repair')).code, 0)
  })

  test('prints one JSON object with --json', async () => {
    await using world = await withDamage()
    const { code, stdout } = await doctor(world.folder, '--json')
    assert.equal(code, 1)
    const summary = JSON.parse(stdout)
    assert.equal(summary.findings, 1)
    assert.ok(summary.checks.length > 15)
  })

  test('finds nothing where nothing was ever started', async () => {
    const folder = await temporaryFolder('doctor')
    const { code, stdout } = await doctor(folder)
    assert.equal(code, 0)
    assert.match(stdout, /0 findings/)
    await rm(folder, { recursive: true })
  })

  test('tells of an option that does not exist, and of options that do', async () => {
    const folder = await temporaryFolder('doctor')
    const wrong = await doctor(folder, '--fix')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /--fix/)
    assert.match((await doctor(folder, '--help')).stdout, /--repair/)
    await rm(folder, { recursive: true })
  })
})
