import { EventEmitter, on } from 'node:events'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { buildSchema, graphql } from 'graphql'
import { useServer as serveSockets } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { playground } from '../../gateway/playground.ts'

const schema = buildSchema(`
  "A graph that greets."
  schema {
    query: Query
    mutation: Mutation
    subscription: Subscription
  }
  "Where everything starts."
  type Query {
    "Greets whoever asks, by the authorization that was sent."
    greeting: String!
  }
  type Mutation {
    "Lets somebody in."
    enter(name: String!): Session!
  }
  type Session {
    token: String!
  }
  type Subscription {
    "Counts on whenever it is told to."
    count: Int!
  }
`)

export type GreetingGraph = AsyncDisposable & {
  origin: string
  /** What each operation but introspection was sent with, in order. */
  authorizations: (string | undefined)[]
  /** Lets the subscription count on; waits until there is one. */
  countOn(): Promise<void>
  /** Resolves when the subscription has ended. */
  stopped: Promise<void>
}

/** The smallest graph with a query, a mutation that signs in and a subscription, with a playground from `directory` in front of it. */
export const startGreetingGraph = async (directory: string): Promise<GreetingGraph> => {
  const authorizations: (string | undefined)[] = []
  const counter = new EventEmitter()
  const started = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()

  const app = Fastify()
  await app.register(playground({ directory }))
  app.post('/graphql', async (request) => {
    const { query, operationName } = request.body as { query: string; operationName?: string } // what the page sends
    if (operationName !== 'IntrospectionQuery') authorizations.push(request.headers.authorization)
    const rootValue = {
      greeting: `hello ${request.headers.authorization ?? 'stranger'}`,
      enter: ({ name }: { name: string }) => ({ token: `token-of-${name}` }),
    }
    return graphql({ schema, source: query, rootValue, operationName: operationName ?? null })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })

  const count = () => {
    const told = on(counter, 'count')
    let n = 0
    started.resolve()
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => ((await told.next()).done ? { done: true, value: undefined } : { value: { count: ++n } }),
        return: async () => {
          stopped.resolve()
          return { ...(await told.return?.()), value: undefined }
        },
      }),
    }
  }
  const sockets = new WebSocketServer({ server: app.server, path: '/graphql' })
  const served = serveSockets<{ Authorization?: string }>(
    {
      schema,
      roots: { subscription: { count } },
      onConnect: ({ connectionParams }) => void authorizations.push(connectionParams?.Authorization),
    },
    sockets,
  )

  const { port } = app.server.address() as AddressInfo // a TCP server never has a pipe's string address
  return {
    origin: `http://127.0.0.1:${port}`,
    authorizations,
    countOn: async () => {
      await started.promise
      counter.emit('count')
    },
    stopped: stopped.promise,
    [Symbol.asyncDispose]: async () => {
      await served.dispose()
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
