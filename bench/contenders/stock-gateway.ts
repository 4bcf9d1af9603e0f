/** A stock Apollo gateway in front of subgraphs over HTTP: node stock-gateway.ts port supergraph-file */
import { readFileSync } from 'node:fs'
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const [port, supergraph = ''] = process.argv.slice(2)

class WithViewer extends RemoteGraphQLDataSource<{ viewer?: string | undefined }> {
  override willSendRequest({
    request,
    context,
  }: Parameters<NonNullable<RemoteGraphQLDataSource['willSendRequest']>>[0]) {
    const { viewer } = context as { viewer?: string } // as made below
    if (viewer) request.http?.headers.set('x-viewer', viewer)
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(supergraph, 'utf8'),
  buildService: ({ url }) => new WithViewer({ url: url ?? '' }),
})
await startStandaloneServer(new ApolloServer<{ viewer?: string }>({ gateway }), {
  listen: { host: '127.0.0.1', port: Number(port) },
  context: async ({ req }) => ({ viewer: String(req.headers['x-viewer'] ?? '') }),
})
process.on('SIGTERM', () => process.exit()) // so that a profile is written
