import { connection, pageRequest } from '../../../kit/connection.ts'
import { keyAlone } from '../../../kit/subgraph/entities.ts'
import type { Context } from '../context.ts'
import type { UserResolvers } from '../types.generated.ts'

export const User: UserResolvers<Context> = {
  __resolveReference: keyAlone,
  workCount: ({ id }, _, { loaders }) => loaders.workCountByUser.load(id),
  async videos({ id }, page, { store }) {
    const request = pageRequest(page)
    const rows = await store.pageOfAuthor(id, request)
    return connection(
      rows,
      request,
      (row) => row.id,
      (row) => row,
    )
  },
}
