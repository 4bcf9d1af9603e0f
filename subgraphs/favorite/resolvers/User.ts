import { connection, pageRequest } from '../../../kit/connection.ts'
import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: keyAlone,
  favoriteCount: ({ id }, _, { loaders }) => loaders.countsByUser.pick(id, 'given'),
  totalFavorited: ({ id }, _, { loaders }) => loaders.countsByUser.pick(id, 'got'),
  async favorites({ id }, page, { store }) {
    const request = pageRequest(page)
    const rows = await store.pageOfUser(id, request)
    return connection(
      rows,
      request,
      (row) => row.id,
      (row) => ({ id: row.video_id }),
    )
  },
}
