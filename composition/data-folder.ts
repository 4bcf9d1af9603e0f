import { access, constants, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Settings, StartError } from '../kit/env.ts'

/** Makes the data folder where there is none. @throws StartError when it can't be written to */
export async function openDataFolder({ DATA_DIR }: Settings): Promise<void> {
  const folder = resolve(DATA_DIR)
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new StartError(`can't write to ${folder}: ${reasons[code] ?? code}; set DATA_DIR to another folder`, error)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'what it is in is a file',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
}
