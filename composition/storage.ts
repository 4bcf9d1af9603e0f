import { resolve } from 'node:path'
import type { Settings } from '../kit/env.ts'
import { DiskStorage } from '../kit/storage/disk.ts'
import type { ObjectStorage } from '../kit/storage/storage.ts'

/** Where videos and pictures are: on a server, or in the data folder. @throws StartError when the server refuses */
export async function openStorage({ STORAGE_URL, DATA_DIR }: Settings): Promise<ObjectStorage> {
  if (!STORAGE_URL) return DiskStorage.open(resolve(DATA_DIR, 'media'))
  const { S3Storage } = await import('../kit/storage/s3.ts')
  return S3Storage.open(STORAGE_URL)
}
