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
  written<Request extends Fields>(request: Request): Request {
    const { documentId = null, extensions = null } = request
    if (documentId === null && extensions === null) return request
    const persisted = isRecord(extensions) ? extensions['persistedQuery'] : undefined
    const named = documentId ?? (isRecord(persisted) ? persisted['sha256Hash'] : undefined)
    if (typeof named !== 'string') return request
    const text = this.#texts.get(named.replace(/^sha256:/, ''))
    const { query } = request
    if (text === undefined) {
      if (this.only && !query) throw refused()
      if (documentId !== null) throw errors.notFound('document', named.slice(0, 100))
      return request
    }
    if (query && query !== text) throw errors.invalid('query', 'is not the document that is named')
    const { documentId: _, extensions: __, ...others } = request
    const { persistedQuery: ___, ...more } = isRecord(extensions) ? extensions : {}
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

const refused = () => errors.forbidden('only operations that are known here are answered', 'operation')
