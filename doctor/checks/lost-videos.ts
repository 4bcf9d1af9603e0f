import { sql } from 'kysely'
import { chunks } from '../../kit/batch.ts'
import type { Check, World } from '../check.ts'
import { valuesOf } from '../counting.ts'
import { rowsOf } from '../lookup.ts'

/** How what belongs to a video is taken away from one that is gone. */
export type Forget = (world: World, videoId: number) => Promise<void>

const askedAtOnce = 500

/** Nothing belongs to a video that does not exist, except while its deletion is under way. */
export function noneOfLostVideos(name: string, table: string, forget: Forget): Check {
  return {
    name,
    async run(world, report) {
      const inspect = async (videoIds: readonly number[]) => {
        report.looked(videoIds.length)
        const videos = await rowsOf(
          world.db,
          'video',
          videoIds.map((id) => ({ id })),
        )
        const suspects = videoIds.filter((_, n) => !videos[n])
        for (const { video_id, n } of await lost(world, table, suspects))
          await report.finding(`${n} rows of ${table} are of video ${video_id}, which does not exist`, () =>
            forget(world, video_id),
          )
      }
      for await (const videoIds of valuesOf(world.db, table, 'video_id'))
        for (const some of chunks(videoIds, askedAtOnce)) await inspect(some)
    },
  }
}

/** By one statement: a deletion removes the video at once, and its own note only after everything else. */
async function lost({ db }: World, table: string, videoIds: readonly number[]) {
  if (videoIds.length === 0) return []
  const { rows } = await sql<{ video_id: number; n: number }>`
    select t.video_id as video_id, count(*) as n from ${sql.table(table)} as t
    left join video on video.id = t.video_id
    left join video_deletion on video_deletion.video_id = t.video_id
    where t.video_id in (${sql.join(videoIds)}) and video.id is null and video_deletion.video_id is null
    group by t.video_id`.execute(db)
  return rows
}
