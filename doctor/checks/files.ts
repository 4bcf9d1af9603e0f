import type { Database } from '../../kit/database/database.ts'
import { keyTable } from '../../kit/database/key-table.ts'
import { parseFinal } from '../../subgraphs/publish/attempt.ts'
import { ownerOfUpload } from '../../subgraphs/publish/upload-id.ts'
import type { Check, World } from '../check.ts'
import { chunkSize, chunksOf } from '../keyset.ts'
import { rowsOf } from '../lookup.ts'

/** Attempts to publish may take half as long; a younger one may still publish what it has put there. */
const abandonedAfterMs = 60 * 60_000

interface File {
  readonly key: string
  readonly modifiedAt: Date
}

/** Every file belongs to a video, or to one whose deletion is under way. */
export const orphanFiles: Check = {
  name: 'files belong to a video',
  async run(world, report) {
    const inspect = async (files: readonly File[]) => {
      report.looked(files.length)
      for (const { key } of files.filter((file) => isForeign(world, file)))
        await report.finding(`${key} is no file of ours`)
      for (const key of await unclaimed(world, files))
        await report.finding(`${key} belongs to no video`, () => world.storage.delete(key))
    }
    for (const folder of ['video/', 'cover/']) {
      let files: File[] = []
      for await (const file of world.storage.list(folder)) {
        files.push(file)
        if (files.length < chunkSize) continue
        await inspect(files)
        files = []
      }
      await inspect(files)
    }
  },
}

const isForeign = ({ clock }: World, { key, modifiedAt }: File) =>
  !parseFinal(key) && clock() - modifiedAt.getTime() > abandonedAfterMs

interface OldFile {
  readonly key: string
  readonly user_id: number
  readonly upload_id: string
}

async function unclaimed({ db, clock }: World, files: readonly File[]): Promise<string[]> {
  const old = files.flatMap(({ key }) => {
    // Not the time of the file: moving one does not change it, so that of a slow upload is older than its attempt.
    const file = parseFinal(key)
    if (!file || clock() - file.startedAt <= abandonedAfterMs) return []
    return [{ key, user_id: ownerOfUpload(file.uploadId), upload_id: file.uploadId }]
  })
  const uploads = await rowsOf(db, 'upload', old.map(uploadOf))
  const published = uploads.flatMap((upload) => (upload ? [{ id: Number(upload['video_id']) }] : []))
  const videos = await rowsOf(db, 'video', published)
  const claimed = new Set(videos.flatMap((video) => [video?.['file_key'], video?.['cover_key']]))
  return confirmed(
    db,
    old.filter(({ key }) => !claimed.has(key)),
  )
}

const uploadOf = ({ user_id, upload_id }: OldFile) => ({ user_id, upload_id })

async function confirmed(db: Database, suspects: readonly OldFile[]): Promise<string[]> {
  if (suspects.length === 0) return []
  const rows = await db
    .selectFrom(keyTable(suspects.map(uploadOf)).as('wanted'))
    .innerJoin('upload', (join) =>
      join.onRef('upload.user_id', '=', 'wanted.user_id').onRef('upload.upload_id', '=', 'wanted.upload_id'),
    )
    .leftJoin('video', 'video.id', 'upload.video_id')
    .leftJoin('video_deletion', 'video_deletion.video_id', 'upload.video_id')
    .select(['video.file_key', 'video.cover_key', 'video_deletion.file_key as gone_file'])
    .select(['video_deletion.cover_key as gone_cover'])
    .execute()
  const claimed = new Set(rows.flatMap((row) => [row.file_key, row.cover_key, row.gone_file, row.gone_cover]))
  return suspects.filter(({ key }) => !claimed.has(key)).map(({ key }) => key)
}

/** Every video has its file, whole, and its cover. */
export const videosWithoutFiles: Check = {
  name: 'videos have their files',
  async run({ db, storage }, report) {
    for await (const rows of chunksOf(db, 'video', ['id'])) {
      report.looked(rows.length)
      for (const { id, file_key, cover_key, bytes } of rows) {
        const file = await storage.stat(String(file_key))
        const cover = await storage.stat(String(cover_key))
        if (file?.bytes === bytes && cover) continue
        const stands = await db.selectFrom('video').select('id').where('id', '=', id).executeTakeFirst()
        if (!stands) continue // deleted since it was read
        const missing = file ? (cover ? `only ${file.bytes} of ${bytes} bytes` : 'no cover') : 'no file'
        await report.finding(`video ${id} has ${missing}`)
      }
    }
  },
}
