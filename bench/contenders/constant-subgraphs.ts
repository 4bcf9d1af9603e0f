import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { subgraphNames } from '../../schema/subgraph-names.ts'

const pageSize = 30

/** Every field that any of the seven adds to a video or a user; each subgraph's schema takes its own. */
const videoOf = (id: string) => {
  const n = Number(id)
  return {
    ...{ __typename: 'Video', id, title: `a video about ${n}`, createdAt: 1.7e12 + n },
    ...{ playUrl: `http://127.0.0.1/media/video/${n}.mp4`, coverUrl: `http://127.0.0.1/media/cover/${n}.jpg` },
    ...{ favoriteCount: 5 * n, isFavorite: n % 3 === 0, commentCount: 2 * n, author: { __typename: 'User', id } },
  }
}
const userOf = (id: string) => {
  const n = Number(id)
  return {
    ...{ __typename: 'User', id, name: `user ${n}`, signature: `this is what number ${n} has to say` },
    ...{ avatar: `http://127.0.0.1/media/avatar/${n}.png`, backgroundImage: `http://127.0.0.1/media/back/${n}.jpg` },
    ...{ followCount: 3 * n, followerCount: 11 * n, isFollow: n % 2 === 0 },
    ...{ workCount: n, favoriteCount: 7 * n, totalFavorited: 90 * n },
  }
}

const ids = Array.from({ length: pageSize }, (_, n) => String(n + 1))
const videos = new Map(ids.map((id) => [id, videoOf(id)]))
const users = new Map(ids.map((id) => [id, userOf(id)]))

/**
 * The seven subgraphs with answers that are there already: what is left of a request's cost is the gateway's, the
 * protocol's between it and the subgraphs, and that of running the resolvers.
 */
export const constantSubgraphs = (): Subgraph[] =>
  subgraphNames.map((name) =>
    defineSubgraph({
      name,
      resolvers: {
        Video: { __resolveReference: ({ id }: { id: string }) => videos.get(id) },
        User: { __resolveReference: ({ id }: { id: string }) => users.get(id) ?? userOf(id) },
        ...(name === 'user' && { Session: { __resolveReference: ({ id }: { id: string }) => ({ id, version: 1 }) } }),
        ...(name === 'feed' && { Video: {}, Query: { feed: () => page } }),
      },
      createContext: () => ({}),
    }),
  )

const page = {
  edges: [],
  nodes: ids.map((id) => ({ id })),
  pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  resumeBefore: 1.7e12,
}
