import { loadOperations, type OperationName, type Variables } from '../rest-adapter/operations.ts'
import type { BenchRequest } from './load/client.ts'
import type { World } from './world/world.ts'

/** What one request is picked from. */
export interface Draw {
  readonly world: World
  readonly random: () => number
  /** The user who asks. */
  readonly viewer: number
  /** Counts requests: makes what has to be new each time. */
  readonly n: number
}

/** One request, at both doors. The graph is asked with the very document that the old app's door runs. */
export type Scenario = (draw: Draw) => { readonly rest: BenchRequest; readonly graphql: BenchRequest }

const operations = loadOperations()

const scenario =
  <Name extends OperationName, Target>(
    operation: Name,
    pick: (draw: Draw) => Target,
    variables: (target: Target) => Variables<Name>,
    method: 'GET' | 'POST',
    path: (target: Target) => string,
  ): Scenario =>
  (draw) => {
    const target = pick(draw)
    const { document: query, name: operationName } = operations[operation]
    return {
      rest: { method, path: `/douyin/${path(target)}` },
      graphql: {
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ operationName, query, variables: variables(target) }),
      },
    }
  }

const anyUser = ({ world, random }: Draw) => world.id('user', Math.floor(random() * world.size.users))
const anyVideo = ({ world, random }: Draw) => world.id('video', world.popular(random))
const neighbour = ({ world, viewer }: Draw) => world.id('user', world.neighbourOf(viewer))

/** A moment within the newest 9,000 videos, so that hardly two requests in flight are equal. */
const anyRecentMoment = ({ world, random }: Draw) =>
  world.timeOf(world.size.videos - Math.floor(random() * Math.min(9_000, world.size.videos - 30)))

/** A page of 30 videos that were published before a moment. */
export const feedBefore = (moment: (draw: Draw) => number): Scenario =>
  scenario(
    'Feed',
    moment,
    (at) => ({ publishedBefore: new Date(at).toISOString() }),
    'GET',
    (at) => `feed/?latest_time=${at}`,
  )

/** A video with some 10 to 30 comments: one page at either door. */
const discussedVideo = ({ world, random }: Draw) =>
  world.id('video', world.size.videos - Math.ceil(world.size.comments / 800) - Math.floor(random() * 100))

const reads = {
  feed: feedBefore(anyRecentMoment),
  'user page': scenario(
    'User',
    anyUser,
    (id) => ({ userId: String(id) }),
    'GET',
    (id) => `user/?user_id=${id}`,
  ),
  'comment page': scenario(
    'VideoComments',
    discussedVideo,
    (id) => ({ videoId: String(id) }),
    'GET',
    (id) => `comment/list/?video_id=${id}`,
  ),
  'friend list': scenario(
    'Friends',
    ({ world, viewer }) => world.id('user', viewer),
    (id) => ({ userId: String(id) }),
    'GET',
    (id) => `relation/friend/list/?user_id=${id}`,
  ),
  'chat poll': scenario(
    'Conversation',
    (draw) => ({ peer: neighbour(draw), last: draw.world.timeOf((draw.world.size.messagesPerPair - 1) * 1_000) }),
    ({ peer, last }) => ({ with: String(peer), sentAfter: new Date(last).toISOString() }),
    'GET',
    ({ peer, last }) => `message/chat/?to_user_id=${peer}&pre_msg_time=${last}`,
  ),
}

const writes = {
  like: scenario(
    'FavoriteVideo',
    anyVideo,
    (id) => ({ videoId: String(id) }),
    'POST',
    (id) => `favorite/action/?video_id=${id}&action_type=1`,
  ),
  comment: scenario(
    'PostComment',
    (draw) => ({ id: anyVideo(draw), text: `comment ${draw.n}` }),
    ({ id, text }) => ({ videoId: String(id), text }),
    'POST',
    ({ id, text }) => `comment/action/?video_id=${id}&action_type=1&comment_text=${encodeURIComponent(text)}`,
  ),
  follow: scenario(
    'FollowUser',
    ({ world, viewer, random }) =>
      world.id('user', (viewer + 1 + Math.floor(random() * (world.size.users - 1))) % world.size.users),
    (id) => ({ userId: String(id) }),
    'POST',
    (id) => `relation/action/?to_user_id=${id}&action_type=1`,
  ),
  send: scenario(
    'SendMessage',
    (draw) => ({ to: neighbour(draw), content: `message ${draw.n}` }),
    ({ to, content }) => ({ to: String(to), content }),
    'POST',
    ({ to, content }) => `message/action/?to_user_id=${to}&action_type=1&content=${encodeURIComponent(content)}`,
  ),
}

/** 95 % reads, with the newest videos the most popular: how many of a hundred requests are of which kind. */
const mixture: readonly (readonly [parts: number, Scenario])[] = [
  ...([
    [40, reads.feed],
    [15, reads['user page']],
    [15, reads['comment page']],
  ] as const),
  ...([
    [10, reads['friend list']],
    [15, reads['chat poll']],
  ] as const),
  ...([
    [2, writes.like],
    [1, writes.comment],
    [1, writes.follow],
    [1, writes.send],
  ] as const),
]
const hundred = mixture.flatMap(([parts, one]) => Array.from({ length: parts }, () => one))

const mixed: Scenario = (draw) => (hundred[Math.floor(draw.random() * 100)] ?? reads.feed)(draw)

/** What everybody sees who opens the app. */
export const frontPage = feedBefore(({ world }) => world.timeOf(world.size.videos))

export const scenarios = { ...reads, ...writes, mixed }
