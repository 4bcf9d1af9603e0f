/** The seven subgraphs as stock Apollo servers over HTTP: node stock-subgraphs.ts first-port [data-folder] */
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { constantSubgraphs } from './constant-subgraphs.ts'
import { realSubgraphs } from './real-subgraphs.ts'

const [port, dataDir] = process.argv.slice(2)
const subgraphs = dataDir === undefined ? constantSubgraphs() : await realSubgraphs(dataDir)
// The first one last: once its port answers, all do.
for (const [n, { schema, createContext }] of [...subgraphs.entries()].reverse()) {
  const server = new ApolloServer<object>({ schema })
  await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: Number(port) + n },
    context: async ({ req }) => {
      const viewer = Number(req.headers['x-viewer'] ?? 0)
      const scope = { requestId: 'bench', origin: 'http://127.0.0.1', deadline: Date.now() + 10_000 }
      return createContext({ ...scope, viewer: viewer === 0 ? null : { id: viewer } })
    },
  })
}
process.on('SIGTERM', () => process.exit()) // so that a profile is written
