import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { hashOf } from '../gateway/trusted-documents.ts'
import { loadOperations } from '../rest-adapter/operations.ts'

// The manifest of our own clients, for TRUSTED_DOCUMENTS: what the adapter asks, and the playground's examples.
const root = `${import.meta.dirname}/../`
const documents = [
  ...Object.values(loadOperations()).map(({ document }) => document),
  ...globSync('web/playground/examples/*.graphql', { cwd: root })
    .sort()
    .map((file) => readFileSync(root + file, 'utf8')),
]
const manifest = Object.fromEntries(documents.map((text) => [hashOf(text), text]))
writeFileSync(`${root}schema/trusted-documents.generated.json`, `${JSON.stringify(manifest, null, 2)}\n`)
