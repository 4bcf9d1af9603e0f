import { cp, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppProcess, type LogLine } from '../../test/testkit/app-process.ts'
import { startCluster } from '../../test/testkit/cluster-stack.ts'
import { startMariaDb } from '../../test/testkit/mariadb.ts'
import { startRedis } from '../../test/testkit/redis.ts'
import { temporaryFolder } from '../../test/testkit/server-process.ts'
import { mysqlWorld, secrets, sqliteWorld } from '../world/make.ts'
import type { World } from '../world/world.ts'
import type { Choices } from './options.ts'

/** Something that a scenario may end with `kill -9`, and start again on the same data and address. */
export interface Victim {
  readonly name: string
  kill9(): Promise<void>
  start(): Promise<void>
}

/** The whole app in processes of its own, as `npm start` runs it, on data of a crowd of 60,000 users. */
export interface LiveStack extends AsyncDisposable {
  readonly url: string
  readonly world: World
  /** Processes of ours; the order stays. */
  readonly processes: readonly AppProcess[]
  readonly victims: readonly Victim[]
  /** Told of what went wrong, from warnings upwards. */
  readonly log: readonly LogLine[]
}

/**
 * `embedded`: one process with SQLite and memory. `single`: one process on MariaDB and Redis. `roles`: every role in a
 * process of its own, two gateways, on MariaDB and Redis. MariaDB syncs every commit to the disk.
 */
export async function startStack({ stack, profile }: Choices): Promise<LiveStack> {
  const log: LogLine[] = []
  await using opened = new AsyncDisposableStack()
  const dataDir = await temporaryFolder('live')
  opened.defer(() => rm(dataDir, { recursive: true, force: true }))
  const env = { ...secrets, DATA_DIR: dataDir, NODE_OPTIONS: nodeOptions(profile) }
  if (stack === 'embedded') {
    const { world, dataDir: filled } = await sqliteWorld('crowd')
    await cp(filled, dataDir, { recursive: true })
    const app = await startApp(opened, env, log)
    const end = opened.move()
    const victims = [{ name: 'the process', ...ends(app) }]
    return { url: app.url, world, processes: [app], victims, log, [Symbol.asyncDispose]: () => end.disposeAsync() }
  }
  const database = opened.use(await startMariaDb({ durable: true }))
  const redis = opened.use(await startRedis())
  const shared = { ...env, DATABASE_URL: `${database.url}/live`, REDIS_URL: redis.url }
  const world = await mysqlWorld('crowd', shared.DATABASE_URL, dataDir)
  const engines = [
    { name: 'Redis', ...ends(redis) },
    { name: 'MariaDB', ...ends(database) },
  ]
  if (stack === 'single') {
    const app = await startApp(opened, shared, log)
    const end = opened.move()
    const victims = [{ name: 'the process', ...ends(app) }, ...engines]
    return { url: app.url, world, processes: [app], victims, log, [Symbol.asyncDispose]: () => end.disposeAsync() }
  }
  const cluster = opened.use(await startCluster({ env: shared, log }))
  opened.defer(() => cluster.stop().then(() => {}))
  const processes = [...cluster.places.values()].flat()
  const places = processes
    .filter(({ roles: [role] }) => role === 'gateway' || role === 'message' || role === 'user')
    .map((one) => ({ name: one.roles.join(' '), ...ends(one) }))
  const end = opened.move()
  const { url } = cluster
  return {
    url,
    world,
    processes,
    victims: [...places, ...engines],
    log,
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  }
}

async function startApp(opened: AsyncDisposableStack, env: Readonly<Record<string, string>>, log: LogLine[]) {
  const app = new AppProcess({ env, log })
  opened.defer(() => app.stop().then(() => {}))
  await app.start()
  return app
}

const ends = (one: { kill9(): Promise<void>; start(): Promise<void> }) => ({
  kill9: () => one.kill9(),
  start: () => one.start(),
})

const nodeOptions = (profile: string | undefined): string =>
  profile ? `--cpu-prof --cpu-prof-dir=${resolve(profile)}` : ''
