import { randomBytes } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Settings, StartError } from '../kit/env.ts'

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
  const whole = `${file}.${process.pid}`
  await writeFile(whole, `${JSON.stringify(fresh)}\n`, { mode: 0o600, flush: true })
  try {
    // Under its name it is whole, whatever happens meanwhile, and the first one stays.
    await link(whole, file)
    return fresh
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return read(file, await readFile(file, 'utf8'))
  } finally {
    await unlink(whole)
  }
}

function read(file: string, text: string): KeptKeys {
  try {
    const { token, subgraph } = JSON.parse(text)
    if (typeof token === 'string' && typeof subgraph === 'string') return { token, subgraph }
  } catch {
    // told below
  }
  throw new StartError(`${file} is damaged: put back a copy, or delete it, after which everybody has to sign in again`)
}
