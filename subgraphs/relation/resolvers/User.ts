import { connection, type PageArguments, type PageRequest, pageRequest } from '../../../kit/connection.ts'
import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { Listed } from '../store.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: keyAlone,
  followCount: ({ id }, _, { loaders }) => loaders.countsByUser.pick(id, 'following'),
  followerCount: ({ id }, _, { loaders }) => loaders.countsByUser.pick(id, 'followers'),
  isFollow: ({ id }, _, { loaders }) => loaders.isFollowByUser.load(id),
  followsViewer: ({ id }, _, { loaders }) => loaders.followsViewerByUser.load(id),
  following: ({ id }, page, { store }) => list(page, (request) => store.followingPage(id, request)),
  followers: ({ id }, page, { store }) => list(page, (request) => store.followersPage(id, request)),
  friends: ({ id }, page, { store }) => list(page, (request) => store.friendsPage(id, request)),
}

async function list(page: PageArguments, read: (request: PageRequest) => Promise<Listed[]>) {
  const request = pageRequest(page)
  return connection(
    await read(request),
    request,
    (row) => row.id,
    (row) => ({ id: row.user_id }),
  )
}
