/**
 * Ours on subgraphs of the benchmark's choice, composed as `npm start` does:
 *   node our-server.ts port all|subgraphs [data-folder]
 *   node our-server.ts port doors subgraphs-url
 * Without a data folder the answers of the subgraphs are constant.
 */
import '../../composition/engine.ts'
import { releaseMemory } from '../../composition/release-memory.ts'
import type { GraphDoor } from '../../gateway/door.ts'
import { Gateway } from '../../gateway/gateway.ts'
import { graphqlRoute } from '../../gateway/graphql-route.ts'
import { createHttpServer, originOf } from '../../kit/http-server.ts'
import { createLog } from '../../kit/log.ts'
import { Metrics } from '../../kit/metrics.ts'
import { HttpDataSource } from '../../kit/subgraph/http-data-source.ts'
import { subgraphRoute } from '../../kit/subgraph/http-server.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import { Tokens } from '../../kit/tokens.ts'
import { restAdapter } from '../../rest-adapter/adapter.ts'
import { subgraphNames } from '../../schema/subgraph-names.ts'
import { secrets } from '../world/make.ts'
import { constantSubgraphs } from './constant-subgraphs.ts'
import { realSubgraphs } from './real-subgraphs.ts'

const [port, role, from] = process.argv.slice(2)
const log = await createLog()
const metrics = new Metrics()
const http = createHttpServer({ log, observe: (...request) => metrics.request(...request) })
http.get('/readyz', async () => 'ready')
const secret = secrets.SUBGRAPH_SECRET
const pathOf = (name: string) => `/subgraphs/${name}`
const ownSubgraphs = async () => (from === undefined ? constantSubgraphs() : realSubgraphs(from))

if (role === 'subgraphs')
  for (const subgraph of await ownSubgraphs())
    await http.register(subgraphRoute({ subgraph, secret }), { prefix: pathOf(subgraph.name) })
else {
  const all =
    role === 'all'
      ? (await ownSubgraphs()).map((subgraph) => new InProcessDataSource(subgraph))
      : subgraphNames.map((name) => new HttpDataSource({ name, url: `${from}${pathOf(name)}`, secret }))
  const sources = new Map(all.map((source) => [source.name, metrics.measured(source)]))
  const tokens = await Tokens.create(new Map([secrets.TOKEN_KEYS.split(':') as [string, string]])) // name:secret
  const believed = role === 'all' ? 60_000 : 1_000 // as composition/serve-graph.ts has it
  const options = { tokens, sources: () => sources, log, introspection: false, production: true, believed }
  const gateway = await Gateway.start(options)
  const door: GraphDoor = {
    execute: (operation, variables, caller) => gateway.execute(operation, variables, caller),
    upload: () => Promise.reject(new Error('nothing is uploaded here')),
  }
  await http.register(graphqlRoute({ gateway, originOf: originOf(undefined) }))
  await http.register(restAdapter({ door, log, originOf: originOf(undefined), maxUploadBytes: 1 }))
}
await http.listen({ host: '127.0.0.1', port: Number(port) })
releaseMemory()
process.on('SIGTERM', () => process.exit()) // so that a profile is written
