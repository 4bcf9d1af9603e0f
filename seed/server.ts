import type { Settings } from '../kit/env.ts'
import { createLog } from '../kit/log.ts'
import { GraphClient, NoAnswer } from './client.ts'

export interface Server {
  readonly url: string
  /** True when nobody served, so that this process does. */
  readonly own: boolean
  stop(): Promise<void>
}

/**
 * The server that runs already or, unless an address was asked for, one of our own on the same data, which only this
 * machine can reach.
 */
export async function findServer(asked: string | undefined, settings: Settings, signal: AbortSignal): Promise<Server> {
  const url = asked ?? usualAddress(settings)
  try {
    await new GraphClient(url, signal).run('{ __typename }')
    return { url, own: false, stop: async () => {} }
  } catch (error) {
    if (asked || !(error instanceof NoAnswer)) throw error
  }
  // Imported only here: all of the app is much to load for a command that usually finds it running.
  const [{ startApp }, { allRoles }] = await Promise.all([
    import('../composition/app.ts'),
    import('../composition/roles.ts'),
  ])
  const log = await createLog({ level: 'warn', json: settings.production })
  // Without PUBLIC_URL, as uploads have to come to this process, which has to know none of our operations.
  const here: Settings = {
    ...settings,
    ...{ HOST: '127.0.0.1', PORT: 0, PUBLIC_URL: undefined, TRUSTED_DOCUMENTS_ONLY: false },
  }
  const app = await startApp(here, log, new Set(allRoles))
  return { url: app.url, own: true, stop: () => app.stop() }
}

/** Where `npm start` serves with these settings. */
export function usualAddress({ HOST, PORT }: Pick<Settings, 'HOST' | 'PORT'>): string {
  const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST
  return `http://${host}:${PORT}`
}
