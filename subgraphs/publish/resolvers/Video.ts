import { timeOf, toKey } from '../../../kit/ids.ts'
import type { Context } from '../context.ts'
import type { VideoResolvers } from '../types.generated.ts'

export const Video: VideoResolvers<Context> = {
  __resolveReference: ({ id }, { loaders }) => loaders.videoById.load(toKey(String(id))),
  author: ({ author_id }) => ({ id: author_id }),
  playUrl: ({ file_key }, _, { origin }) => mediaUrl(origin, file_key),
  coverUrl: ({ cover_key }, _, { origin }) => mediaUrl(origin, cover_key),
  createdAt: ({ id }) => timeOf(id),
  durationMs: ({ duration_ms }) => duration_ms,
}

const mediaUrl = (origin: string, key: string) => `${origin}/media/${key}`
