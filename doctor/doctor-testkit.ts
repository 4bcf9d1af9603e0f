import { MemoryCache } from '../kit/cache/memory.ts'
import { type Database, type DatabaseOptions, openDatabase } from '../kit/database/database.ts'
import { comment } from '../subgraphs/comment/index.ts'
import { favorite } from '../subgraphs/favorite/index.ts'
import { message } from '../subgraphs/message/index.ts'
import { openFiles, startPublish } from '../subgraphs/publish/publish-testkit.ts'
import { relation } from '../subgraphs/relation/index.ts'
import { startUser } from '../subgraphs/user/user-testkit.ts'
import type { DatabaseKind } from '../test/testkit/databases.ts'
import { oneDatabase } from '../test/testkit/one-database.ts'
import { startSubgraph } from '../test/testkit/subgraph.ts'
import { type Result, runCheck, type World } from './check.ts'
import { checks } from './checks/all.ts'

export interface Town extends AsyncDisposable {
  readonly world: World
  readonly db: Database
  readonly users: readonly number[]
  /** One that stands. */
  readonly video: number
  /** Does something of everything, once. */
  bustle(round: number): Promise<unknown>
  /** Results of those checks that found something. */
  diagnose(repair?: boolean): Promise<Result[]>
}

/**
 * Some users who have done a bit of everything, through the services themselves.
 * @param watch what is to be told of the statements of `world` and `db`
 */
export async function openTown(kind: DatabaseKind, watch: Pick<DatabaseOptions, 'onStatement'> = {}): Promise<Town> {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await oneDatabase(kind))
  const files = resources.use(await openFiles())
  const { url } = await database.open()
  const db = await openDatabase({ url, ...watch })
  resources.defer(() => db.destroy())

  const accounts = resources.use(await startUser({ database }))
  const users: number[] = []
  for (const name of ['lin', 'mei', 'tao', 'yun']) users.push((await accounts.register(name)).id)
  const [lin = 0, mei = 0, tao = 0, yun = 0] = users
  const publish = resources.use(await startPublish({ database, files, worker: 1 }))
  const videos: string[] = []
  for (const user of [lin, lin, mei]) videos.push((await publish.publish(user, await publish.upload(user, 'video'))).id)
  const [kept = '', gone = '', other = ''] = videos

  const owners = {
    user: (_: string, id: number) => ({ id: String(id) }),
    publish: (_: string, id: number) => ({ author: { id: String(id === Number(other) ? mei : lin) } }),
  }
  const options = { database, owners }
  const likes = resources.use(await startSubgraph(favorite, { ...options, worker: 2 }))
  const comments = resources.use(await startSubgraph(comment, { ...options, worker: 3 }))
  const follows = resources.use(await startSubgraph(relation, { ...options, worker: 4 }))
  const messages = resources.use(await startSubgraph(message, { ...options, worker: 5 }))
  const act = {
    like: (user: number, id: string, like = true) =>
      likes.run(
        `mutation ($id: ID!) { ${like ? 'favoriteVideo' : 'unfavoriteVideo'}(input: { videoId: $id }) { viewer { id } } }`,
        { id },
        user,
      ),
    comment: (user: number, id: string) =>
      comments.run(
        'mutation ($id: ID!) { postComment(input: { videoId: $id, text: "hi" }) { comment { id } } }',
        { id },
        user,
      ),
    follow: (user: number, target: number, follow = true) =>
      follows.run(
        `mutation ($id: ID!) { ${follow ? 'followUser' : 'unfollowUser'}(input: { userId: $id }) { viewer { id } } }`,
        { id: String(target) },
        user,
      ),
    send: (from: number, to: number) =>
      messages.run(
        'mutation ($to: ID!) { sendMessage(input: { to: $to, content: "hi" }) { message { id } } }',
        { to: String(to) },
        from,
      ),
  }
  for (const id of videos)
    for (const user of users) {
      await act.like(user, id)
      await act.comment(user, id)
    }
  await act.follow(lin, mei)
  for (const user of [mei, tao, yun]) await act.follow(user, lin)
  await act.send(lin, mei)
  await act.send(mei, lin)
  await act.send(lin, mei)
  await act.send(tao, lin)
  await publish.remove(lin, gone)
  await likes.run('mutation ($id: ID!) { forgetFavoritesOfVideo(videoId: $id) }', { id: gone })
  await comments.run('mutation ($id: ID!) { forgetCommentsOfVideo(videoId: $id) }', { id: gone })

  const hour = 60 * 60_000
  const cache = resources.use(new MemoryCache())
  const world: World = { db, storage: files.storage, cache, clock: () => Date.now() + 2 * hour }
  return {
    world,
    db,
    users,
    video: Number(kept),
    bustle(round) {
      const user = users[round % users.length] as number // in range
      const target = users[(round + 1 + (round % 3)) % users.length] as number // the same, and another user
      const on = round % 5 < 3
      return Promise.all([
        ...[act.like(user, kept, on), act.like(target, kept, !on), act.like(user, other, on)],
        ...[act.follow(user, target, on), act.comment(user, kept), act.send(user, target), act.send(target, user)],
        publish.upload(user, 'video').then((upload) => publish.publish(user, upload)),
      ])
    },
    async diagnose(repair = false) {
      const results: Result[] = []
      for (const check of checks) results.push(await runCheck(check, world, repair))
      return results.filter(({ findings }) => findings > 0)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
