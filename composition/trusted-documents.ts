import { readFile } from 'node:fs/promises'
import { hashOf, TrustedDocuments } from '../gateway/trusted-documents.ts'
import { type Settings, SettingsError } from '../kit/env.ts'
import { loadOperations } from '../rest-adapter/operations.ts'

/**
 * What the gateway knows before it is asked: the operations of the adapter, which may run elsewhere, and those of the
 * manifests, each a JSON object from the SHA-256 of a document to its text.
 * @throws SettingsError with every fault of every manifest
 */
export async function trustedDocuments({
  TRUSTED_DOCUMENTS: files = [],
  TRUSTED_DOCUMENTS_ONLY: only,
}: Pick<Settings, 'TRUSTED_DOCUMENTS' | 'TRUSTED_DOCUMENTS_ONLY'>): Promise<TrustedDocuments> {
  const documents = Object.values(loadOperations()).map(({ document }) => document)
  const faults: string[] = []
  for (const file of files)
    try {
      documents.push(...readManifest(await readFile(file, 'utf8')))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      faults.push(`TRUSTED_DOCUMENTS: ${file}: ${error.message}`)
    }
  if (faults.length > 0) throw new SettingsError(faults)
  return new TrustedDocuments(documents, { only })
}

function readManifest(json: string): string[] {
  const manifest: unknown = JSON.parse(json)
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new Error('has to be an object from hash to document')
  return Object.entries(manifest).map(([hash, text]) => {
    if (typeof text !== 'string' || hashOf(text) !== hash.replace(/^sha256:/, ''))
      throw new Error(`${hash} is not the SHA-256 of its document`)
    return text
  })
}
