import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hashOf } from '../gateway/trusted-documents.ts'
import { loadOperations } from '../rest-adapter/operations.ts'
import { trustedDocuments } from './trusted-documents.ts'

const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
after(() => rmSync(folder, { recursive: true }))
const written = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const query = '{ viewer { id } }'

test('the adapter’s operations are known without any manifest, and those of manifests beside them', async () => {
  const one = written('one.json', JSON.stringify({ [hashOf(query)]: query }))
  const other = written('other.json', JSON.stringify({ [`sha256:${hashOf('{ __typename }')}`]: '{ __typename }' }))
  const alone = await trustedDocuments({ TRUSTED_DOCUMENTS: undefined, TRUSTED_DOCUMENTS_ONLY: true })
  const all = await trustedDocuments({ TRUSTED_DOCUMENTS: [one, other], TRUSTED_DOCUMENTS_ONLY: false })
  for (const documents of [alone, all])
    for (const { document } of Object.values(loadOperations())) assert.ok(documents.has(document))
  assert.deepEqual([alone.only, alone.has(query)], [true, false])
  assert.deepEqual([all.only, all.has(query), all.has('{ __typename }')], [false, true, true])
})

test('the manifest that is generated has the examples of the playground', async () => {
  const generated = join(import.meta.dirname, '../schema/trusted-documents.generated.json')
  const documents = [...(await trustedDocuments({ TRUSTED_DOCUMENTS: [generated], TRUSTED_DOCUMENTS_ONLY: false }))]
  assert.ok(documents.some((text) => text.includes('messageReceived')))
})

test('the faults of all manifests are told together', async () => {
  const files = [
    join(folder, 'missing.json'),
    written('words.json', 'not JSON'),
    written('list.json', '[]'),
    written('wrong.json', JSON.stringify({ [hashOf(query)]: `${query} ` })),
    written('number.json', JSON.stringify({ [hashOf('7')]: 7 })),
  ]
  const loading = trustedDocuments({ TRUSTED_DOCUMENTS: files, TRUSTED_DOCUMENTS_ONLY: false })
  await assert.rejects(loading, (error: Error) => {
    for (const file of files) assert.ok(error.message.includes(`TRUSTED_DOCUMENTS: ${file}: `), `${file}`)
    return true
  })
})
