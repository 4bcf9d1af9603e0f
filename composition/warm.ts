import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../kit/env.ts'
import { createLog } from '../kit/log.ts'
import { startApp } from './app.ts'
import { allRoles } from './roles.ts'

/**
 * Starts everything once, and ends: what was compiled for it stays in Node's compile cache. For an image, in whose
 * containers nothing of those before them is left.
 */
export async function warm(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'warm-'))
  try {
    const settings = readSettings({ NODE_ENV: 'production', DATA_DIR: folder, HOST: '127.0.0.1', PORT: '0' })
    const app = await startApp(settings, await createLog({ level: 'silent' }), new Set(allRoles))
    await app.stop()
  } finally {
    await rm(folder, { recursive: true })
  }
  // What is used only where a role is on its own.
  await Promise.all([
    import('mysql2'),
    import('mysql2/promise'),
    import('../kit/bus/redis.ts'),
    import('../kit/cache/redis.ts'),
    import('../kit/redis-link.ts'),
    import('../kit/storage/s3.ts'),
    import('../kit/subgraph/http-data-source.ts'),
    import('../kit/tracing.ts'),
    import('../rest-adapter/gateway-client.ts'),
  ])
}
