import { mkdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sqlitePath } from '../kit/database/database.ts'
import { StartError } from '../kit/env.ts'

/**
 * With SQLite one process remembers what is in the file, and would not hear of what another one changes: so only one may
 * work on it. The lock is the system's, which drops it with the process, however that ends. Reading is free.
 * @param url of the database; on a server, processes hear of each other
 * @returns what lets go of it
 * @throws StartError while another process has it
 */
export async function lockData(url: string): Promise<() => void> {
  const file = sqlitePath(url)
  if (file === undefined || file === ':memory:') return () => {}
  // Imported late: with a database on a server there is no use for it.
  const { DatabaseSync } = await import('node:sqlite')
  await mkdir(dirname(file), { recursive: true })
  const real = await realpath(file).catch(() => file) // a link to it is another name, and not another file
  const lock = new DatabaseSync(`${real}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return () => lock.close()
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && 'errcode' in error && error.errcode === busy)) throw error
    throw new StartError(`another process works on ${file}: end it, or set DATA_DIR to another folder`, error)
  }
}

/** SQLITE_BUSY */
const busy = 5
