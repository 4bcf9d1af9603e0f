import { freePort } from '../../test/testkit/server-process.ts'
import { secrets } from '../world/make.ts'
import { type Server, startServer } from './server.ts'

/** All roles in one process, as `npm start` runs them. */
export async function startOneProcess(dataDir: string, database?: string): Promise<Server> {
  const port = await freePort()
  const env = {
    ...secrets,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    ...(database && { DATABASE_URL: database }),
  }
  return startServer('start.ts', { port, env, ready: '/readyz' })
}

/** The same on constant subgraphs. */
export const startConstant = (): Promise<Server> => startOurs('all')

/** Both doors in one process, the seven subgraphs in another, HTTP between them. */
export async function startWithHttpSubgraphs(dataDir?: string): Promise<[doors: Server, subgraphs: Server]> {
  const subgraphs = await startOurs('subgraphs', ...(dataDir === undefined ? [] : [dataDir]))
  return [await startOurs('doors', subgraphs.url), subgraphs]
}

async function startOurs(...args: string[]): Promise<Server> {
  const port = await freePort()
  return startServer('bench/contenders/our-server.ts', { port, args: [`${port}`, ...args], ready: '/readyz' })
}
