import { rm } from 'node:fs/promises'
import { openDatabase } from '../../kit/database/database.ts'
import { IdSource } from '../../kit/ids.ts'
import { skipMariaDb, startMariaDb } from '../../test/testkit/mariadb.ts'
import { temporaryFolder } from '../../test/testkit/server-process.ts'
import { startOneProcess } from '../contenders/ours.ts'
import { Client, isSuccess } from '../load/client.ts'
import { arrive, saturate } from '../load/measure.ts'
import { viewersOf } from '../load/requests.ts'
import type { Options } from '../options.ts'
import { table } from '../report.ts'
import { likeAtOnce, likeOneByOne, type Storm, storedLikes, storm } from '../store/likes.ts'
import { mysqlWorld } from '../world/make.ts'
import { seeded } from '../world/random.ts'
import type { World } from '../world/world.ts'

/** One hot video on a MariaDB that syncs every commit to the disk: at the store, one by one, and through the front door. */
export async function likesSection({ quick }: Options): Promise<void> {
  const missing = skipMariaDb()
  if (missing !== false) return console.log(`\nlikes of one hot video: skipped, ${missing}`)
  const dataDir = await temporaryFolder('bench-likes')
  await using server = await startMariaDb({ durable: true })
  const url = `${server.url}/bench`
  const world = await mysqlWorld('crowd', url, dataDir)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const rows = [...(await atStore(world, url, quick)), ...(await atFrontDoor(world, url, dataDir, quick))]
  const head = ['', 'likes', 'likes/s', 'p50 ms', 'p99 ms', 'rows', 'counted']
  console.log(table('One hot video, MariaDB with durable commits', head, rows))
}

async function atStore(world: World, url: string, quick: boolean): Promise<string[][]> {
  const db = await openDatabase({ url })
  const ids = new IdSource({ worker: 99, from: Date.now(), until: () => Number.MAX_SAFE_INTEGER })
  const everybody = Array.from({ length: world.size.users }, (_, n) => world.id('user', n))
  const authorId = world.id('user', 0)
  const rows: string[][] = []
  let video = 0
  const run = async (name: string, set: ReturnType<typeof likeAtOnce>, atOnce: number) => {
    const videoId = world.id('video', video++)
    const result = await storm(set, { videoId, authorId, users: everybody }, { atOnce, seconds: quick ? 2 : 5 })
    rows.push(rowOf(name, result, await storedLikes(db, videoId)))
  }
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    await run('one transaction per like', likeOneByOne(db, ids), 10)
    await run('store, 200 callers', likeAtOnce(db, ids), 200)
    await run('store, 1,000 callers', likeAtOnce(db, ids), 1_000)
  }
  await db.destroy()
  return rows.sort(([a = ''], [b = '']) => (a < b ? -1 : Number(a > b)))
}

/** Each request is of a user who has not liked the video before. */
async function atFrontDoor(world: World, url: string, dataDir: string, quick: boolean): Promise<string[][]> {
  const tokens = await viewersOf(world, world.size.users)
  const server = await startOneProcess(dataDir, url)
  const client = new Client(server.url, isSuccess)
  const db = await openDatabase({ url })
  const videoId = world.id('video', world.size.videos - 1)
  let user = 0
  const next = () => {
    const query = `video_id=${videoId}&action_type=1&token=${tokens[user++ % tokens.length]}`
    return { method: 'POST', path: `/douyin/favorite/action/?${query}` } as const
  }
  const subject = { client, next, pids: [server.pid] }
  const seconds = quick ? 2 : 6
  const warm = await saturate(subject, 64, seconds)
  const saturated = await saturate(subject, 64, seconds)
  const half = await arrive(subject, saturated.perSecond / 2, seconds, seeded(1))
  const goal = await arrive(subject, 1_500, seconds, seeded(2))
  const stored = await storedLikes(db, videoId)
  const sent = Math.min(warm.requests + saturated.requests + half.requests + goal.requests, tokens.length)
  if (client.firstBad) console.error(`a bad answer: ${client.firstBad}`)
  client.close()
  await db.destroy()
  await server.stop()
  const storms = {
    'front door, saturated': saturated,
    'front door, half of that': half,
    'front door, 1,500 asked for': goal,
  }
  return Object.entries(storms).map(([name, pass]) => rowOf(name, { ...pass, likes: sent }, stored))
}

const rowOf = (
  name: string,
  { likes, perSecond, p50, p99 }: Storm,
  { rows, counted }: { rows: number; counted: number },
) => [...[name, String(likes), perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1), String(rows), String(counted)]]
