import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import { errors } from './errors.ts'
import type { DataSource } from './subgraph/data-source.ts'
import type { RequestScope } from './viewer.ts'

/** A fact of another domain that a write needs, asked of its owner by the entity's key. */
export interface Fact<Value> {
  /** The subgraph that owns the fact. */
  readonly owner: string
  readonly typename: string
  /** The fields to ask for, without braces, such as `author { id }`. */
  readonly selection: string
  readonly toValue: (entity: Record<string, unknown>) => Value
}

/** Finds the way to a subgraph; in process or over the network. */
export type DataSources = ReadonlyMap<string, DataSource<RequestScope>>

/** The largest number of entities in one question. */
const mostEntities = 200

/**
 * Asks a fact of its owner: batched over all callers of a turn of the event loop, whoever they are. The answer must never
 * change while the entity exists, as it is kept, least recently used first out; with `mostKnown` at 0 nothing is. That an
 * entity does not exist is never kept.
 */
export class OwnerFact<Value extends object> {
  readonly #fact: Fact<Value>
  readonly #sources: () => DataSources
  readonly #loader: DataLoader<number, Value | null>
  readonly #known: LRUCache<number, Value> | undefined

  constructor(sources: () => DataSources, fact: Fact<Value>, { mostKnown = 10_000 }: { mostKnown?: number } = {}) {
    this.#fact = fact
    this.#sources = sources
    this.#known = mostKnown > 0 ? new LRUCache({ max: mostKnown }) : undefined
    this.#loader = new DataLoader((ids) => this.#ask(ids), {
      cache: false,
      maxBatchSize: mostEntities,
      // Requests come one by one from the network: only at the end of a turn have all of them been heard.
      batchScheduleFn: (ask) => setImmediate(ask),
    })
  }

  /** The fact, or null when the owner knows no such entity. @throws UNAVAILABLE when the owner does not answer */
  async find(id: number): Promise<Value | null> {
    const known = this.#known?.get(id)
    if (known) return known
    const value = await this.#loader.load(id)
    if (value) this.#known?.set(id, value)
    return value
  }

  /** @throws NOT_FOUND when the owner knows no such entity, UNAVAILABLE when the owner does not answer */
  async get(id: number): Promise<Value> {
    const value = await this.find(id)
    if (value === null) throw errors.notFound(this.#fact.typename, id)
    return value
  }

  /** For an entity that is known to be gone. */
  forget(id: number): void {
    this.#known?.delete(id)
  }

  async #ask(ids: readonly number[]): Promise<(Value | null)[]> {
    const { owner, typename, selection, toValue } = this.#fact
    const source = this.#sources().get(owner)
    if (!source) throw errors.unavailable(owner)
    const unique = [...new Set(ids)]
    const { data, errors: faults } = await source.execute(
      {
        kind: 'query',
        operation: `query Fact($of: [_Any!]!) { _entities(representations: $of) { ... on ${typename} { ${selection} } } }`,
        variables: { of: unique.map((id) => ({ __typename: typename, id: String(id) })) },
      },
      systemScope('fact'),
    )
    const entities = data?.['_entities'] as (Record<string, unknown> | null)[] | undefined // the shape that we asked for
    if (!entities || faults?.length) throw errors.unavailable(owner, faults?.[0])
    const answers = new Map(unique.map((id, n) => [id, entities[n] ? toValue(entities[n]) : null]))
    return ids.map((id) => answers.get(id) ?? null)
  }
}

/** A request that one of our own processes makes for itself. */
export const systemScope = (requestId: string): RequestScope => ({
  viewer: null,
  requestId,
  origin: '',
  deadline: Date.now() + 5_000,
})
