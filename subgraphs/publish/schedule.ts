/** Repeats work in the background. */
export type Schedule = (task: BackgroundTask) => BackgroundRun

export interface BackgroundTask {
  readonly everyMs: number
  /** Never called again before the promise settles. The signal says that the server wants to end. */
  readonly work: (signal: AbortSignal) => Promise<void>
  readonly onError: (error: unknown) => void
}

export interface BackgroundRun {
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

/** A moment after the start, so that it delays nobody's first request. */
const firstAfterMs = 1_000

/** Runs soon, then again `everyMs` after each end. Keeps no process alive. */
export const repeat: Schedule = ({ everyMs, work, onError }) => {
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const next = (ms: number) =>
    setTimeout(() => {
      running = work(stopping.signal)
        .catch(onError)
        .then(() => {
          if (!stopping.signal.aborted) timer = next(everyMs)
        })
    }, ms).unref()
  let timer = next(Math.min(firstAfterMs, everyMs))
  return {
    stop() {
      stopping.abort()
      clearTimeout(timer)
      return running
    },
  }
}
