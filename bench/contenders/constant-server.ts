/**
 * Our own doors on constant subgraphs: node constant-server.ts port all|subgraphs|gateway [subgraphs-url]
 * What `npm start` composes, with the constant subgraphs in place of the real ones.
 */
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

const [port, role, url] = process.argv.slice(2)
const log = await createLog()
const metrics = new Metrics()
const http = createHttpServer({ log, observe: (...request) => metrics.request(...request) })
http.get('/readyz', async () => 'ready')
const secret = secrets.SUBGRAPH_SECRET
const pathOf = (name: string) => `/subgraphs/${name}`

if (role === 'subgraphs')
  for (const subgraph of constantSubgraphs())
    await http.register(subgraphRoute({ subgraph, secret }), { prefix: pathOf(subgraph.name) })
else {
  const all =
    role === 'all'
      ? constantSubgraphs().map((subgraph) => new InProcessDataSource(subgraph))
      : subgraphNames.map((name) => new HttpDataSource({ name, url: `${url}${pathOf(name)}`, secret }))
  const sources = new Map(all.map((source) => [source.name, metrics.measured(source)]))
  const tokens = await Tokens.create(new Map([secrets.TOKEN_KEYS.split(':') as [string, string]])) // name:secret
  const gateway = await Gateway.start({ tokens, sources: () => sources, log, introspection: false, production: true })
  const door: GraphDoor = {
    execute: (operation, variables, caller) => gateway.execute(operation, variables, caller),
    upload: () => Promise.reject(new Error('nothing is uploaded here')),
  }
  await http.register(graphqlRoute({ gateway, originOf: originOf(undefined) }))
  await http.register(restAdapter({ door, log, originOf: originOf(undefined), maxUploadBytes: 1 }))
}
await http.listen({ host: '127.0.0.1', port: Number(port) })
process.on('SIGTERM', () => process.exit()) // so that a profile is written
