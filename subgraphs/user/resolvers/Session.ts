import { toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { SessionResolvers } from '../types.generated.ts'

export const Session: SessionResolvers<Context> = {
  async __resolveReference({ id }, { loaders }) {
    const version = await loaders.sessionVersionById.load(toKey(String(id)))
    return version === null ? null : { id: String(id), version }
  },
}
