import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../kit/env.ts'
import type { Logger } from '../kit/log.ts'
import { answerForAll } from './worker-metrics.ts'

/** How long a place stays empty after its worker died, in milliseconds: a fault that kills at once must not fill the log. */
const restMs = 1_000

/**
 * Runs this command in `count` processes that share its port, and starts another one for each that dies. A signal to end
 * is passed on to all of them. @param ready called once, when all accept requests
 * @throws when a worker can't even start
 */
export async function superviseWorkers(count: number, log: Logger, ready: (url: string) => void): Promise<void> {
  let stopping = false
  const replace = async (pid: number | undefined, reason: unknown) => {
    log.error({ pid, reason }, 'a worker died')
    await sleep(restMs)
    if (!stopping) void start()
  }
  const start = (): Promise<string> => {
    const worker = cluster.fork()
    const url = readiness(worker)
    worker.once('exit', (code, signal) => {
      if (!stopping) void replace(worker.process.pid, signal ?? code)
    })
    url.catch(() => {}) // told by its exit
    return url
  }
  const stop = async (signal: string) => {
    if (stopping) process.exit(1) // asked twice: not patient any more
    stopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    const exits = workers.map((worker) => once(worker, 'exit'))
    for (const worker of workers) worker.send({ stop: signal })
    await Promise.all(exits)
    log.info('stopped')
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(signal))
  answerForAll()
  const [url = ''] = await Promise.all(Array.from({ length: count }, start))
  ready(url)
}

/** Resolves to its address, or rejects when it ends before. */
function readiness(worker: Worker): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.on('message', (message: { readonly ready?: string }) => {
    if (message.ready) resolve(message.ready)
  })
  worker.once('exit', (code, signal) =>
    reject(new StartError(`a worker could not start: ${signal ?? `exit code ${code}`}`)),
  )
  return promise
}
