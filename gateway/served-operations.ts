import { LRUCache } from 'lru-cache'
import type { OperationRequest } from './subscriptions/operations.ts'

/** Of a plan. @param hash of the document, as Apollo's server makes it */
export const planKey = (hash: string, operationName: string | null | undefined) => `${hash} ${operationName ?? ''}`

/** How many are remembered, the longest of them, and all their characters together. */
const most = 1_000
const longest = 10_000
const mostCharacters = 1_000_000

/** Operations that were answered before, word for word, and the keys of their plans. */
export class ServedOperations {
  readonly #keys = new LRUCache<string, string>({
    max: most,
    maxSize: mostCharacters,
    maxEntrySize: longest,
    sizeCalculation: (_, text) => text.length,
  })

  remember(request: Partial<OperationRequest>, key: string): void {
    this.#keys.set(textOf(request), key)
  }

  keyOf(request: Partial<OperationRequest>): string | undefined {
    return this.#keys.get(textOf(request))
  }
}

/** The length tells where the name ends: a client may send anything as a name. */
const textOf = ({ query, operationName }: Partial<OperationRequest>) =>
  `${operationName?.length ?? 0} ${operationName ?? ''} ${query}`
