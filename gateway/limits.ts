import { type DocumentNode, parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import { errors } from '../kit/errors.ts'
import { costsOf } from '../kit/operation-cost.ts'
import { TrustedDocuments } from './trusted-documents.ts'

/** What one operation may cost, checked on its text alone: the planner has no bound of its own. */
export interface Limits {
  readonly tokens: number
  /** Levels of nested selections, fragments expanded. */
  readonly depth: number
  readonly aliases: number
  /** Fields of the outermost level, fragments expanded. */
  readonly rootFields: number
  /** Fields with every fragment expanded at every place where it is spread. */
  readonly selections: number
}

export const defaultLimits: Limits = { tokens: 5_000, depth: 15, aliases: 50, rootFields: 10, selections: 500 }

/** Texts that passed and are not looked at again: how many, the longest of them, and all their characters together. */
const mostPassed = 1_000
const longestPassed = 10_000
const mostCharacters = 1_000_000

/** Refuses operations that are too large, or not known, before anything else looks at them. The same on every transport. */
export class LimitGuard {
  readonly #limits: Limits
  readonly #documents: TrustedDocuments
  readonly #passed = new LRUCache<string, true>({
    max: mostPassed,
    maxSize: mostCharacters,
    maxEntrySize: longestPassed,
    sizeCalculation: (_, text) => text.length || 1,
  })

  constructor(limits: Limits = defaultLimits, documents: TrustedDocuments = new TrustedDocuments()) {
    this.#limits = limits
    this.#documents = documents
  }

  /** What is remembered now. */
  get remembered(): { texts: number; characters: number } {
    return { texts: this.#passed.size, characters: this.#passed.calculatedSize }
  }

  /** @throws FORBIDDEN for an operation that is not known where only such are answered; LIMIT_EXCEEDED; text that can't be parsed passes, as the parser tells its fault better */
  check(query: string): void {
    if (this.#passed.get(query) || this.#documents.has(query)) return
    this.#documents.check(query)
    const document = parsed(query, this.#limits.tokens)
    if (!document) return
    checkDocument(document, this.#limits)
    this.#passed.set(query, true)
  }
}

function parsed(query: string, maxTokens: number): DocumentNode | undefined {
  try {
    return parse(query, { noLocation: true, maxTokens })
  } catch (error) {
    if (error instanceof Error && error.message.includes('Parsing aborted'))
      throw errors.limitExceeded('tokens', maxTokens)
    return undefined
  }
}

function checkDocument(document: DocumentNode, limits: Limits): void {
  for (const { fields, roots, depth, aliases } of costsOf(document)) {
    if (roots > limits.rootFields) throw errors.limitExceeded('root fields', limits.rootFields)
    if (depth > limits.depth) throw errors.limitExceeded('depth', limits.depth)
    if (aliases > limits.aliases) throw errors.limitExceeded('aliases', limits.aliases)
    if (fields > limits.selections) throw errors.limitExceeded('selections', limits.selections)
  }
}
