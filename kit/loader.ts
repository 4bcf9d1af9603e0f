import DataLoader from 'dataloader'

export interface LoaderOptions<Value> {
  /** What this process has of a key already, undefined when it has to ask: read without a promise, as most of a page is. */
  readonly atHand?: (key: number) => Value | undefined
  readonly maxBatchSize?: number
}

/**
 * A DataLoader that gives what is at hand at once: a promise for each value, and the turns of waiting for it, cost more
 * than all else that a warm page does. What is not at hand is asked for in one batch a turn, and each key once.
 */
export class Loader<Value> {
  readonly #batch: DataLoader.BatchLoadFn<number, Value>
  readonly #options: LoaderOptions<Value>
  #loader: DataLoader<number, Value> | undefined

  /** @param batch values in the order of the keys */
  constructor(batch: DataLoader.BatchLoadFn<number, Value>, options: LoaderOptions<Value> = {}) {
    this.#batch = batch
    this.#options = options
  }

  load(key: number): Value | Promise<Value> {
    const value = this.#options.atHand?.(key)
    if (value !== undefined) return value
    const { maxBatchSize = Number.POSITIVE_INFINITY } = this.#options
    this.#loader ??= new DataLoader(this.#batch, { maxBatchSize })
    return this.#loader.load(key)
  }

  /** One field of a value. */
  pick<Field extends keyof Value>(key: number, field: Field): Value[Field] | Promise<Value[Field]> {
    const value = this.load(key)
    return value instanceof Promise ? value.then((loaded) => loaded[field]) : value[field]
  }

  /** After a write: what was loaded earlier in the same request is not the answer any more. */
  clear(key: number): this {
    this.#loader?.clear(key)
    return this
  }
}
