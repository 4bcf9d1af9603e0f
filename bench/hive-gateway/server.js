// Hive Gateway with its Rust planner in front of subgraphs over HTTP: node server.js port supergraph-file
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'

const [port, supergraph] = process.argv.slice(2)
const gateway = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  unifiedGraphHandler,
  logging: false,
  propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ 'x-viewer': request.headers.get('x-viewer') ?? '' }) },
})
createServer(gateway).listen(Number(port), '127.0.0.1')
