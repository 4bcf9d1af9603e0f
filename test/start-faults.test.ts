import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { AppProcess } from './testkit/app-process.ts'
import { examine } from './testkit/in-order.ts'
import { startS3 } from './testkit/s3-server.ts'
import { temporaryFolder } from './testkit/server-process.ts'
import { startStack } from './testkit/stack.ts'

/** What a start that fails tells, which has to be a sentence. */
async function told(env: Readonly<Record<string, string>>, roles: readonly string[] = [], port = 0): Promise<string> {
  const app = new AppProcess({ roles, port, env, log: [] })
  try {
    await app.start()
  } catch (error) {
    const text = String(error)
    assert.doesNotMatch(text, /^\s+at |node:internal/m)
    return text
  } finally {
    await app.stop('SIGKILL')
  }
  return assert.fail('it has started')
}

test('two processes never work on the same data, even when the first one was killed before', async () => {
  await using stack = await startStack({ kind: 'embedded' })
  const { dataDir } = stack
  assert.match(await told({ DATA_DIR: dataDir }), /another process works on .*douyin\.db: end it/)
  await examine({ DATA_DIR: dataDir })
  await stack.kill9()
  await stack.start()
  assert.match(await told({ DATA_DIR: dataDir }), /another process works on/)
})

test('a port that is taken, and a word that is no role, are told in a sentence', async () => {
  await using stack = await startStack({ kind: 'embedded' })
  await stack.stop()
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number } // listening on a port
  const env = { DATA_DIR: join(stack.dataDir, 'other') }
  assert.match(await told(env, [], port), new RegExp(`can't listen on 127\\.0\\.0\\.1:${port}: another program does`))
  assert.match(await told(env, ['gatway']), /unknown role gatway; roles are gateway, rest-adapter/)
  await new Promise((resolve) => taken.close(resolve))
  await stack.start()
})

test('a data folder that is none, and keys that were damaged, are told in a sentence', async () => {
  const folder = await temporaryFolder('faults')
  const file = join(folder, 'file')
  await writeFile(file, '')
  assert.match(await told({ DATA_DIR: file }), /can't write to .*file: it is a file; set DATA_DIR to another folder/)
  assert.match(await told({ DATA_DIR: join(file, 'below') }), /can't write to .*below: what it is in is a file/)
  for (const damaged of ['', '{"token":', '{}']) {
    await writeFile(join(folder, 'keys.json'), damaged)
    assert.match(await told({ DATA_DIR: folder }), /keys\.json is damaged: put back a copy, or delete it/)
  }
  await rm(folder, { recursive: true })
})

test('an address of a subgraph that there is not is told in a sentence', async () => {
  assert.match(await told({ SUBGRAPH_URL_FAVORTE: 'http://favorite' }), /SUBGRAPH_URL_FAVORTE: there is no subgraph/)
})

test('a bucket that is not there, and uploads that are too long for one, are told in a sentence', async () => {
  await using server = await startS3()
  const dataDir = await temporaryFolder('faults')
  const env = { DATA_DIR: dataDir, STORAGE_URL: server.url.replace('/media', '/elsewhere') }
  assert.match(await told(env), /the bucket elsewhere of STORAGE_URL can't be used: there is none of that name/)
  assert.match(await told({ ...env, MAX_UPLOAD_BYTES: String(2 ** 33) }), /MAX_UPLOAD_BYTES: has to be 5 GiB at most/)
  assert.match(await told({ ...env, STORAGE_URL: 's3://bucket' }), /STORAGE_URL: has to be https:/)
  await rm(dataDir, { recursive: true })
})
