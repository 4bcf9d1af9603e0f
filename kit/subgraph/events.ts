import type { ExecutionResult } from 'graphql'
import type { SubgraphEvents } from './data-source.ts'

type Next = IteratorResult<ExecutionResult>

const end: Next = { done: true, value: undefined }

/**
 * Maps a source of events, one at a time and in order. An explicit iterator: an async generator's `return()` would wait
 * for the next event of a source that may stay silent for ever.
 *
 * A source that throws, or whose event can't be mapped, is over: `next()` rejects once, then there is nothing more.
 */
export function mapEvents(
  source: AsyncIterable<unknown>,
  toResult: (event: unknown) => Promise<ExecutionResult>,
  signal: AbortSignal,
): SubgraphEvents {
  const iterator = source[Symbol.asyncIterator]()
  // Settled by hand: racing each event against a promise of the end leaves 400 bytes at that promise, for each event.
  const waiting = new Set<(next: Next) => void>()
  let open = true
  const stop = () => {
    open = false
    signal.removeEventListener('abort', close)
    for (const resolve of waiting) resolve(end)
    waiting.clear()
  }
  const close = () => {
    if (!open) return
    stop()
    void dismiss(iterator)
  }
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  const advance = async (resolve: (next: Next) => void, reject: (error: unknown) => void): Promise<void> => {
    let arrived = false
    try {
      const { done, value } = await iterator.next()
      if (done || !open) return stop()
      arrived = true
      resolve({ done: false, value: await toResult(value) })
    } catch (error) {
      if (!open) return // the consumer is gone: nobody is left to tell
      reject(error) // before all who wait are told of the end
      stop()
      if (arrived) void dismiss(iterator)
    } finally {
      waiting.delete(resolve)
    }
  }
  return {
    next: () => {
      if (!open) return Promise.resolve(end)
      // Few promises: those of silent streams grow old, and are then dear to collect.
      return new Promise((resolve, reject) => {
        waiting.add(resolve)
        void advance(resolve, reject)
      })
    },
    return: () => {
      close()
      return Promise.resolve(end)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** A source has no say in its own end. */
async function dismiss(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // Whoever wanted its events is gone.
  }
}
