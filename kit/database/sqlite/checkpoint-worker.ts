import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

// The thread of `checkpoints.ts`. Passive: it waits for nobody, and nobody has to wait for it.
const db = new DatabaseSync(workerData as string, { timeout: 5_000 })
const checkpoint = db.prepare('pragma wal_checkpoint(passive)')

parentPort?.on('message', (message: 'checkpoint' | 'end') => {
  if (message === 'checkpoint') return parentPort?.postMessage(checkpoint.get()?.['log'])
  db.close()
  parentPort?.close()
})
