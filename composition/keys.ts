import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../kit/env.ts'

export interface Keys {
  /** By key id; the first one signs. */
  readonly tokens: ReadonlyMap<string, string>
  /** Signs what one process of ours sends to another, and upload tickets. */
  readonly subgraphSecret: string
}

/**
 * The keys of the settings. Those that are missing, which a process that runs everything itself may do without, are made
 * up and kept in the data folder, so that tokens outlive a restart.
 */
export async function keysOf({ TOKEN_KEYS, SUBGRAPH_SECRET, DATA_DIR }: Settings): Promise<Keys> {
  if (TOKEN_KEYS && SUBGRAPH_SECRET) return { tokens: TOKEN_KEYS, subgraphSecret: SUBGRAPH_SECRET }
  const kept = await keptKeys(join(DATA_DIR, 'keys.json'))
  return { tokens: TOKEN_KEYS ?? new Map([['kept', kept.token]]), subgraphSecret: SUBGRAPH_SECRET ?? kept.subgraph }
}

interface KeptKeys {
  readonly token: string
  readonly subgraph: string
}

async function keptKeys(file: string): Promise<KeptKeys> {
  const fresh: KeptKeys = {
    token: randomBytes(48).toString('base64url'),
    subgraph: randomBytes(48).toString('base64url'),
  }
  await mkdir(join(file, '..'), { recursive: true })
  try {
    await writeFile(file, `${JSON.stringify(fresh)}\n`, { flag: 'wx', mode: 0o600 })
    return fresh
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return JSON.parse(await readFile(file, 'utf8')) as KeptKeys // only this function writes it
  }
}
