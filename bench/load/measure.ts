import { createHistogram } from 'node:perf_hooks'
import { arrivals } from './arrivals.ts'
import type { BenchRequest, Client } from './client.ts'
import { cpuOf } from './cpu.ts'

/** What is measured: where requests go, which ones, and the processes that answer them. */
export interface Subject {
  readonly client: Client
  next(): BenchRequest
  readonly pids: readonly number[]
}

export interface Pass {
  readonly requests: number
  readonly perSecond: number
  /** Part of the requests without a good answer. */
  readonly errors: number
  /** Of the server's processes together. */
  readonly cpuMsPerRequest: number
  /** The same for each process. */
  readonly cpuOfEach: readonly number[]
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

interface Watched {
  readonly finish: () => Pass
  /** @param since `performance.now()` at which the latency begins */
  readonly run: (since: number) => Promise<void>
}

/**
 * As many requests as the server takes: each of `clients` sends its next one when the last is answered. Tells the rate at
 * saturation; its latencies say nothing about users, who do not wait for each other.
 */
export async function saturate(subject: Subject, clients: number, seconds: number): Promise<Pass> {
  const { run, finish } = watch(subject)
  const end = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) await run(performance.now())
    }),
  )
  return finish()
}

/**
 * Requests that come whether earlier ones are answered or not. Latency counts from the moment at which a request was meant
 * to be sent, so a server that stalls can't hide it by being asked less.
 */
export async function arrive(
  subject: Subject,
  perSecond: number,
  seconds: number,
  random: () => number,
): Promise<Pass> {
  const { run, finish } = watch(subject)
  const open: Promise<void>[] = []
  await arrivals(perSecond, seconds, random, (meant) => open.push(run(meant)))
  await Promise.all(open)
  return finish()
}

function watch({ client, next, pids }: Subject): Watched {
  const histogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 }) // in microseconds
  const before = pids.map(cpuOf)
  const begin = performance.now()
  let bad = 0
  const run = async (since: number) => {
    if (!(await client.send(next()))) bad++
    histogram.record(Math.max(1, Math.round((performance.now() - since) * 1000)))
  }
  const finish = (): Pass => {
    const cpuOfEach = pids.map((pid, n) => (cpuOf(pid) - (before[n] ?? 0)) / histogram.count)
    return {
      requests: histogram.count,
      perSecond: (histogram.count / (performance.now() - begin)) * 1000,
      errors: bad / histogram.count,
      cpuMsPerRequest: cpuOfEach.reduce((sum, of) => sum + of, 0),
      cpuOfEach,
      p50: histogram.percentile(50) / 1000,
      p99: histogram.percentile(99) / 1000,
      max: histogram.max / 1000,
    }
  }
  return { run, finish }
}
