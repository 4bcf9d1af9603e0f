import cluster from 'node:cluster'

/** Whether this process is one of several that a supervisor started for the same roles; see `superviseWorkers`. */
export const isWorker = cluster.isWorker

/** Which of them, from 1 on. */
export const workerId = cluster.worker?.id

export const tellReady = (url: string): void => void process.send?.({ ready: url })

/** Resolves, with the reason, when the supervisor says so or is gone. To be asked early: what was said before is lost. */
export function toldToStop(): Promise<string> {
  // A terminal signals all its processes at once, but here the supervisor says when.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const { promise, resolve } = Promise.withResolvers<string>()
  process.on('message', (message: { readonly stop?: string }) => {
    if (message.stop) resolve(message.stop)
  })
  process.on('disconnect', () => resolve('the supervisor is gone'))
  return promise
}

/** The way to the supervisor would keep the process alive. */
export const leave = (): void => process.disconnect?.()
