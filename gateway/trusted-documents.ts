import { createHash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { errors } from '../kit/errors.ts'
import { isRecord } from '../kit/record.ts'

/** The name of a document, as Apollo's persisted queries and the GraphQL over HTTP specification have it. */
export const hashOf = (document: string): string => createHash('sha256').update(document).digest('hex')

type Fields = Readonly<Record<string, unknown>>

/**
 * Documents that are known when the process starts: they are planned ahead and have no limits, and clients may send their
 * SHA-256 instead of their text, as `documentId` or as `extensions.persistedQuery.sha256Hash`.
 */
export class TrustedDocuments implements Iterable<string> {
  /** Whether nothing else is answered. */
  readonly only: boolean
  readonly #texts: ReadonlyMap<string, string>
  readonly #known: ReadonlySet<string>

  constructor(documents: Iterable<string> = [], { only = false }: { only?: boolean } = {}) {
    this.only = only
    this.#known = new Set(documents)
    this.#texts = new Map([...this.#known].map((text) => [hashOf(text), text]))
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#known.values()
  }

  has(text: string): boolean {
    return this.#known.has(text)
  }

  /**
   * The parameters of a request with the text of the document that they name, if it is one of these. Otherwise as they
   * are: what clients register themselves is the server's to know.
   * @throws FORBIDDEN for a hash that is not known where nothing else is answered, NOT_FOUND for such a `documentId`,
   * BAD_USER_INPUT for a text that is not the one that is named
   */
  written<Request extends Fields>(asked: Request): Request {
    const request = withoutEmpty(asked)
    const { documentId = null, extensions = null, query } = request
    const { persistedQuery: persisted = null, ...more } = isRecord(extensions) ? extensions : {}
    if (documentId === null && persisted === null) return request
    const named = documentId ?? (isRecord(persisted) ? persisted['sha256Hash'] : undefined)
    const text = typeof named === 'string' ? this.#texts.get(named.replace(/^sha256:/, '')) : undefined
    if (text === undefined) {
      if (typeof named === 'string' && this.only) throw refused()
      if (documentId === null) checkRegistering(persisted, query)
      else if (typeof named === 'string') throw errors.notFound('document', named.slice(0, 100))
      return request
    }
    if (query && query !== text) throw misnamed()
    const { documentId: _, extensions: __, ...others } = request
    // A request of the same fields, as it would have been with its text.
    return { ...others, query: text, ...(Object.keys(more).length > 0 && { extensions: more }) } as unknown as Request
  }

  /** @throws FORBIDDEN for a text that is none of these, where nothing else is answered */
  check(text: string): void {
    if (this.only && !this.has(text)) throw refused()
  }
}

/** As Apollo's server says it over HTTP, so that clients know to send the text along. */
export const notPersisted = () =>
  new GraphQLError('PersistedQueryNotFound', { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } })

/** Clients send empty texts for none. */
function withoutEmpty<Request extends Fields>(asked: Request): Request {
  const { query, operationName, ...others } = asked
  if (query !== '' && operationName !== '') return asked
  return { ...others, ...(query ? { query } : {}), ...(operationName ? { operationName } : {}) } as unknown as Request
}

/** @throws BAD_USER_INPUT for what the server would take for a fault of ours */
function checkRegistering(persisted: unknown, query: unknown): void {
  const { version, sha256Hash } = isRecord(persisted) ? persisted : {}
  if (version !== 1 || typeof sha256Hash !== 'string')
    throw errors.invalid('persistedQuery', 'has to have version 1 and a sha256Hash')
  if (typeof query === 'string' && hashOf(query) !== sha256Hash) throw misnamed()
}

const misnamed = () => errors.invalid('query', 'is not the document that is named')

const refused = () => errors.forbidden('only operations that are known here are answered', 'operation')
