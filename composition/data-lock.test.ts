import assert from 'node:assert/strict'
import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../test/testkit/server-process.ts'
import { lockData } from './data-lock.ts'

test('a file is locked under all its names', async (context) => {
  const folder = await temporaryFolder('lock')
  context.after(() => rm(folder, { recursive: true }))
  const [file, link] = [join(folder, 'some.db'), join(folder, 'link.db')]
  await writeFile(file, '')
  await symlink(file, link)
  const unlock = await lockData(`sqlite:${file}`)
  await assert.rejects(lockData(`sqlite:${link}`), /another process works on/)
  unlock()
  const unlockLink = await lockData(`sqlite:${link}`)
  unlockLink()
})
