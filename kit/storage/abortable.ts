/**
 * Passes `body` on until the signal aborts, also while a chunk is awaited that may never come; then throws its reason.
 * Leaving early calls the body's `return` without waiting for it: a generator stuck in a read would never answer.
 */
export async function* abortable(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = body[Symbol.asyncIterator]()
  let finished = false
  try {
    for (;;) {
      const next = await nextOrAbort(iterator, signal)
      if (next.done) {
        finished = true
        return
      }
      yield next.value
    }
  } finally {
    // The writer has its own error already; how the abandoned body ends changes nothing.
    if (!finished) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

/** One promise for each chunk: racing against a single long-lived one would keep a reaction for every chunk ever read. */
function nextOrAbort(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array>> {
  if (!signal) return iterator.next()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    void iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
