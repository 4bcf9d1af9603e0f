import type { ExecutionResult } from 'graphql'
import type { SubgraphEvents } from './data-source.ts'

/**
 * Maps a source of events, one at a time and in order. An explicit iterator: an async generator's `return()` would wait
 * for the next event of a source that may stay silent for ever.
 */
export function mapEvents(
  source: AsyncIterable<unknown>,
  toResult: (event: unknown) => Promise<ExecutionResult>,
  signal: AbortSignal,
): SubgraphEvents {
  const iterator = source[Symbol.asyncIterator]()
  const ended = Promise.withResolvers<IteratorReturnResult<undefined>>()
  let open = true
  const close = () => {
    if (!open) return
    open = false
    signal.removeEventListener('abort', close)
    ended.resolve({ done: true, value: undefined })
    void Promise.resolve(iterator.return?.()).catch(() => {}) // the consumer is gone: nobody is left to tell
  }
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  const advance = async (): Promise<IteratorResult<ExecutionResult>> => {
    const { done, value } = await iterator.next()
    if (!done) return { done: false, value: await toResult(value) }
    close()
    return ended.promise
  }
  return {
    next: () => (open ? Promise.race([ended.promise, advance()]) : ended.promise),
    return: () => {
      close()
      return ended.promise
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
