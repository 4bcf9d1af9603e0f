import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { RecordableHistogram } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { LegacyClient } from '../../contract/legacy-client.ts'
import type { LogLine } from '../../testkit/app-process.ts'
import { startCluster } from '../../testkit/cluster-stack.ts'
import { eventually } from '../../testkit/eventually.ts'
import { startMariaDb } from '../../testkit/mariadb.ts'
import { startRedis } from '../../testkit/redis.ts'
import { temporaryFolder } from '../../testkit/server-process.ts'
import { PatientClient } from './client.ts'
import { Ledger } from './ledger.ts'
import { Listener } from './listener.ts'
import { Saboteur } from './saboteur.ts'
import { Timings } from './timings.ts'
import { use } from './user.ts'
import { compare, inboxOf } from './verdict.ts'

export interface FaultRunOptions {
  readonly minutes: number
  readonly users?: number
  readonly listeners?: number
  readonly random?: () => number
}

/** Uses the app while its processes are killed, lets everything come to rest, and compares what was promised with what is. */
export async function faultRun({ minutes, users = 12, listeners = 4, random = Math.random }: FaultRunOptions) {
  const dataDir = await temporaryFolder('faults')
  await using database = await startMariaDb({ durable: true })
  await using redis = await startRedis()
  const url = `${database.url}/faults`
  const log: LogLine[] = []
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, REDIS_URL: redis.url }
  await using cluster = await startCluster({ env, log })
  const app = new LegacyClient(cluster.url)
  const people = []
  for (let n = 0; n < users; n++) people.push(await app.register(`user${n}`))
  const videos = []
  for (const [n, author] of people.slice(0, 4).entries()) videos.push(await app.video(author, `video ${n}`))

  const timings = new Timings()
  const ledger = new Ledger()
  const saboteur = new Saboteur({ cluster, database, redis }, timings, random)
  const heard = await Promise.all(people.slice(0, listeners).map(({ token }) => Listener.start(cluster.url, token)))
  const until = Date.now() + minutes * 60_000
  const around = { ledger, random, videos, users: people.map(({ id }) => id), running: () => Date.now() < until }
  const using = people.map((one) => use(new PatientClient(cluster.url, one, timings), around))
  await saboteur.work(until)
  await Promise.all(using)
  timings.lateness[Symbol.dispose]()

  const missed: string[] = []
  for (const [n, listener] of heard.entries()) {
    const expected = await inboxOf(url, people[n]?.id ?? 0)
    await eventually(() => listener.received.length >= expected.length, 30_000).catch(() => {}) // told below
    if (listener.received.join('\n') !== expected.join('\n'))
      missed.push(`listener ${n} heard ${listener.received.length} of ${expected.length}, or in another order`)
    await listener.stop()
  }
  const differences = await compare(url, ledger)
  await cluster.stop()
  const doctor = await promisify(execFile)(process.execPath, ['doctor/main.ts', '--json'], { env }).catch(
    (error: { stdout: string }) => error, // a finding is an exit code
  )
  await rm(dataDir, { recursive: true })
  return {
    kills: Object.fromEntries(saboteur.kills),
    writes: timings.writes,
    likes: ledger.likes.size,
    follows: ledger.follows.size,
    comments: ledger.comments.length,
    messages: ledger.messages.length,
    reconnections: heard.reduce((sum, { connections }) => sum + connections - 1, 0),
    ...differences,
    missed,
    doctor: findingsOf(JSON.parse(doctor.stdout)),
    answered: summaryOf(timings.answered),
    refused: summaryOf(timings.refused),
    // Of these, what a killed gateway was working on: the client hears of it at once, whatever it took by then.
    cutOff: summaryOf(timings.cutOff),
    reasons: Object.fromEntries(timings.reasons),
    slowRefusals: timings.slowRefusals.map(({ text, requestId }) => ({ text, log: linesOf(log, requestId) })),
    clientLateAtMost: Math.round(timings.lateness.worst),
    hangs: timings.hangs,
    // Milliseconds to the next acknowledged write, from two points of time: see `Recovery`.
    recoveries: {
      sinceDatabase: saboteur.recoveries.map(({ sinceDatabase }) => sinceDatabase),
      sincePossible: saboteur.recoveries.map(({ sincePossible }) => sincePossible),
    },
    slowRecoveries: saboteur.slowRecoveries,
    warnings: warningsIn(log),
  }
}

interface DoctorSummary {
  readonly findings: number
  readonly checks: readonly { readonly looked: number; readonly examples: readonly string[] }[]
}

const findingsOf = ({ findings, checks }: DoctorSummary) => ({
  findings,
  looked: checks.reduce((sum, { looked }) => sum + looked, 0),
  examples: checks.flatMap(({ examples }) => examples),
})

const summaryOf = (histogram: RecordableHistogram) => ({
  count: histogram.count,
  p50: histogram.percentile(50),
  p99: histogram.percentile(99),
  max: histogram.count === 0 ? 0 : histogram.max,
})

/** What each process said of a request, the first to end first. */
const linesOf = (log: readonly LogLine[], id: string): string[] =>
  log
    .filter(({ requestId }) => requestId === id)
    .map(({ time, msg, status, ms }) => `${time} ${msg} ${status ?? ''} ${ms ?? ''} ms`)

/** What the app thought worth telling, and how often. */
function warningsIn(log: readonly LogLine[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of log) {
    if (Number(line['level']) < 40 || line.msg?.startsWith('redis:')) continue
    const { message } = (line['err'] ?? {}) as { message?: string } // as pino writes errors
    const name = `${line.msg}: ${message}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
