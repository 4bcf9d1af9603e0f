import { type Account, signIn } from './accounts.ts'
import { type GraphClient, Refused } from './client.ts'
import { inParallel } from './in-parallel.ts'
import type { Progress } from './progress.ts'
import { filmStudio, publish, worksOf } from './videos.ts'
import type { PlannedComment, PlannedMessage, World } from './world.ts'

export interface Populating {
  readonly client: GraphClient
  readonly progress: Progress
  /** Names what is written, so that the same world is not written twice. */
  readonly seed: number
}

const requestsAtOnce = 8
const uploadsAtOnce = 2 // the server looks into two files at once

const follow = 'mutation FollowUser($userId: ID!) { followUser(input: { userId: $userId }) { user { id } } }'
const like = 'mutation FavoriteVideo($videoId: ID!) { favoriteVideo(input: { videoId: $videoId }) { video { id } } }'
const postComment = `mutation PostComment($videoId: ID!, $text: String!, $clientId: String!) {
  postComment(input: { videoId: $videoId, text: $text, clientId: $clientId }) { comment { id } }
}`
const sendMessage = `mutation SendMessage($to: ID!, $content: String!, $clientId: String!) {
  sendMessage(input: { to: $to, content: $content, clientId: $clientId }) { message { id } }
}`

/**
 * Makes a world as its users would, adding only what is not there yet. @returns the accounts, in the order of the users
 * @throws SeedFault
 */
export async function populate(world: World, { client, progress, seed }: Populating): Promise<readonly Account[]> {
  const each = <Item, Result>(
    label: string,
    items: readonly Item[],
    work: (item: Item) => Promise<Result>,
    atOnce = requestsAtOnce,
  ) =>
    progress.part(label, items.length, (step) =>
      inParallel(items, atOnce, async (item) => {
        const result = await work(item)
        step()
        return result
      }),
    )

  const accounts = await each('users', world.users, (user) => signIn(client, user))
  const account = (user: number) => at(accounts, user)
  await each('follows', world.follows, ({ from, to }) =>
    client.run(follow, { userId: account(to).id }, account(from).token),
  )

  const known = await inParallel(accounts, requestsAtOnce, (author) => worksOf(client, author))
  const film = filmStudio()
  const videos = await each(
    'videos',
    world.videos,
    async ({ author, title, clip }) =>
      at(known, author).get(title) ?? (await publish(client, account(author), film(clip), title)),
    uploadsAtOnce,
  )
  await each('likes', world.likes, ({ user, video }) =>
    client.run(like, { videoId: at(videos, video) }, account(user).token),
  )
  await each('comments', world.comments, ({ author, video, text, ordinal }: PlannedComment) => {
    const videoId = at(videos, video)
    const variables = { videoId, text, clientId: `seed-${seed}-${videoId}-${ordinal}` }
    return client.run(postComment, variables, account(author).token).catch(ignoreDeletedComment)
  })

  const say = ({ from, to, content, ordinal }: PlannedMessage) => {
    const { id } = account(to)
    return client.run(sendMessage, { to: id, content, clientId: `seed-${seed}-${id}-${ordinal}` }, account(from).token)
  }
  await progress.part('messages', world.chats.flat().length, (step) =>
    inParallel(world.chats, requestsAtOnce, async (chat) => {
      for (const message of chat) {
        await say(message) // one answers the other
        step()
      }
    }),
  )
  return accounts
}

function at<Item>(items: readonly Item[], place: number): Item {
  const item = items[place]
  if (item === undefined) throw new RangeError(`the plan names ${place} of ${items.length}`)
  return item
}

/** Somebody took it away since: it shall stay away. */
function ignoreDeletedComment(error: unknown): void {
  if (!(error instanceof Refused && error.code === 'NOT_FOUND' && error.subject === 'Comment')) throw error
}
