import { subgraphNames } from '../../schema/subgraph-names.ts'
import { freePort } from '../../test/testkit/server-process.ts'
import { secrets } from '../world/make.ts'
import { type Server, startServer } from './server.ts'

const envOf = (port: number, dataDir: string, database?: string) => ({
  ...secrets,
  HOST: '127.0.0.1',
  PORT: String(port),
  DATA_DIR: dataDir,
  ...(database && { DATABASE_URL: database }),
})

/** All roles in one process, as `npm start` runs them. */
export async function startOneProcess(dataDir: string, database?: string): Promise<Server> {
  const port = await freePort()
  return startServer('start.ts', { port, env: envOf(port, dataDir, database), ready: '/readyz' })
}

/** Both doors in one process, the seven subgraphs in another, HTTP between them. The doors come first. */
export async function startWithHttpSubgraphs(dataDir: string): Promise<[doors: Server, subgraphs: Server]> {
  const port = await freePort()
  const env = envOf(port, dataDir)
  const subgraphs = await startServer('start.ts', { port, args: [...subgraphNames], env, ready: '/readyz' })
  const own = await freePort()
  const addresses = subgraphNames.map((name) => [`SUBGRAPH_URL_${name.toUpperCase()}`, subgraphs.url] as const)
  const doors = await startServer('start.ts', {
    port: own,
    args: ['gateway', 'rest-adapter'],
    env: { ...env, ...Object.fromEntries(addresses), PORT: String(own) },
    ready: '/readyz',
  })
  return [doors, subgraphs]
}
