import { rm } from 'node:fs/promises'
import { AppProcess, type LogLine } from './app-process.ts'
import { type Cluster, startCluster } from './cluster-stack.ts'
import { databases } from './databases.ts'
import { assertInOrder } from './in-order.ts'
import { redises } from './redises.ts'
import { testStack } from './required.ts'
import { startS3 } from './s3-server.ts'
import { temporaryFolder } from './server-process.ts'

export type { LogLine } from './app-process.ts'

/**
 * `embedded`: one process with SQLite and memory twins. `single`: one process on MariaDB and Redis. `cluster`: every role
 * in a process of its own, two gateways, on MariaDB, a Redis Cluster and S3, behind an ingress.
 */
export const stacks = ['embedded', 'single', 'cluster'] as const
export type StackKind = (typeof stacks)[number]

export interface StackOptions {
  /** What `TEST_STACK` says by default, and `embedded` for a test that brings its own database. */
  readonly kind?: StackKind
  /** The database, `mysql://…` or `sqlite:…`, for one process. */
  readonly database?: string
  /** Redis, or several nodes of a cluster separated by commas. */
  readonly redis?: string
  readonly env?: Readonly<Record<string, string>>
  /** In a cluster: 2 gives every role a second address, for a successor. */
  readonly places?: 1 | 2
}

export interface Stack extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:41234`. It stays over a restart. */
  readonly url: string
  /** Of the process, where there is only one. */
  readonly pid: number
  readonly dataDir: string
  /** Its processes, where each role has its own. */
  readonly cluster?: Cluster
  /** Every line of its log, as parsed JSON. */
  readonly log: readonly LogLine[]
  /** Ends it at once, without any chance to clean up. */
  kill9(): Promise<void>
  /** Asks it to end, and waits until it has. @returns its exit code */
  stop(): Promise<number | null>
  /** Starts it again on the same data. */
  start(): Promise<void>
}

/** Why a stack can't run on this machine, to skip with; false where it can. */
export function skipStack(kind: StackKind): string | false {
  if (kind === 'embedded') return false
  return databases.find(({ name }) => name === 'mariadb')?.skip || redisFor(kind).skip
}

/**
 * The whole app in processes of its own, on temporary data: what `npm start` runs. Whatever was done with it, in the end
 * the doctor finds nothing: otherwise disposing of it throws.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { database, redis } = options
  const kind = options.kind ?? (database || redis ? 'embedded' : testStack)
  const log: LogLine[] = []
  const dataDir = await temporaryFolder('stack')
  const given = { ...(database && { DATABASE_URL: database }), ...(redis && { REDIS_URL: redis }) }
  const engines = kind === 'embedded' ? { urls: given, close: async () => {} } : await openEngines(kind)
  const env = { DATA_DIR: dataDir, ...engines.urls, ...options.env }
  const clean = async () => {
    await engines.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  const finish = async () => {
    try {
      await assertInOrder(env)
    } finally {
      await clean()
    }
  }
  try {
    const shared = { dataDir, log }
    return kind === 'cluster'
      ? ofCluster(await startCluster({ env, log, places: options.places ?? 1 }), shared, finish)
      : await ofProcess(new AppProcess({ env, log }), shared, finish)
  } catch (error) {
    await clean()
    throw error
  }
}

type Shared = Pick<Stack, 'dataDir' | 'log'>

async function ofProcess(app: AppProcess, shared: Shared, finish: () => Promise<void>): Promise<Stack> {
  await app.start()
  return {
    ...shared,
    url: app.url,
    get pid() {
      return app.pid
    },
    start: () => app.start(),
    stop: () => app.stop(),
    kill9: () => app.kill9(),
    async [Symbol.asyncDispose]() {
      await app.stop()
      await finish()
    },
  }
}

function ofCluster(cluster: Cluster, shared: Shared, finish: () => Promise<void>): Stack {
  return {
    ...shared,
    url: cluster.url,
    cluster,
    pid: 0,
    start: () => cluster.start(),
    stop: () => cluster.stop(),
    async kill9() {
      await cluster.stop('SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop()
      await cluster[Symbol.asyncDispose]()
      await finish()
    },
  }
}

const redisFor = (kind: StackKind) => {
  const found = redises.find(({ name }) => name === (kind === 'cluster' ? 'redis cluster' : 'redis'))
  if (!found) throw new TypeError('both kinds are listed')
  return found
}

async function openEngines(kind: StackKind) {
  const mariadb = databases.find(({ name }) => name === 'mariadb')
  if (!mariadb) throw new TypeError('it is listed')
  const resources = new AsyncDisposableStack()
  const database = resources.use(await mariadb.open())
  const storage = kind === 'cluster' ? resources.use(await startS3()) : undefined
  const urls = {
    DATABASE_URL: database.url,
    REDIS_URL: await redisFor(kind).url(),
    ...(storage && { STORAGE_URL: storage.url }),
  }
  return { urls, close: () => resources.disposeAsync() }
}
