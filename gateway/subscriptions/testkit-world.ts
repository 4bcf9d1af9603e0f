import { buildSubgraphSchema } from '@apollo/subgraph'
import DataLoader from 'dataloader'
import { parse } from 'graphql'
import { errors } from '../../kit/errors.ts'
import type { Subgraph } from '../../kit/subgraph/subgraph.ts'
import { type RequestScope, viewerOrThrow } from '../../kit/viewer.ts'

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'

export const typeDefs: Readonly<Record<string, string>> = {
  chat: `${link}
    type Query { rooms: [String!]! }
    type Mutation { say(room: String!, text: String!): Said! }
    type Subscription {
      "From the log: everything after the cursor, or everything from now on."
      said(room: String!, after: String): Said!
      "The newest value, and each that follows."
      counted(id: ID!): Counter!
      "The value of each at once, and whenever it changes."
      tallied(of: [ID!]!): Counter!
      "As said, without a way to go on."
      heard(room: String!): Said!
      private: String
      broken: String
    }
    type Said { cursor: String! text: String! author: User! }
    type Counter { id: ID! value: Int! by: User }
    type User @key(fields: "id") { id: ID! }`,
  people: `${link}
    type Query { viewer: User slow: String secret: String }
    type User @key(fields: "id") { id: ID! name: String known: Boolean! mood(style: String! = "plain"): String }`,
  stats: `${link}
    type User @key(fields: "id") { id: ID! posts: Int! }`,
}

interface Said {
  readonly cursor: string
  readonly text: string
  readonly author: { readonly id: string }
}

/** What the subgraphs of a test know, and what they were asked. */
export class World {
  readonly log: Said[] = []
  readonly counters = new Map<string, number>()
  readonly open = new Set<string>()
  readonly opened: string[] = []
  /** Calls for entities, by subgraph. */
  readonly calls: Record<string, number> = { people: 0, stats: 0 }
  /** How often an event was taken from a source. */
  taken = 0
  peopleDown = false
  rooms = ['hall']
  /** Resolves before a subscription opens. */
  gate: Promise<void> = Promise.resolve()
  /** Resolves before a mutation is done. */
  writing: Promise<void> = Promise.resolve()
  readonly #watchers = new Set<() => void>()

  say(text: string, author = '1'): void {
    this.log.push({ cursor: String(this.log.length + 1), text, author: { id: author } })
    this.#tell()
  }

  count(id: string, value: number): void {
    this.counters.set(id, value)
    this.#tell()
  }

  /** Reads ahead only as far as it is asked: the next event is looked up when it is wanted. */
  source(name: string, read: () => object | undefined): AsyncIterableIterator<object> {
    let wake: ((next: IteratorResult<object>) => void) | undefined
    const tryNext = () => {
      const value = wake && read()
      if (!value) return
      this.taken++
      wake?.({ done: false, value })
      wake = undefined
    }
    const key = `${name}#${this.opened.push(name)}`
    this.open.add(key)
    this.#watchers.add(tryNext)
    return {
      next: () =>
        new Promise((resolve) => {
          wake = resolve
          tryNext()
        }),
      return: async () => {
        this.open.delete(key)
        this.#watchers.delete(tryNext)
        wake?.({ done: true, value: undefined })
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

type Resolver = (root: never, args: Record<string, string>, context: { scope: RequestScope }) => unknown

const resolvers = (world: World): Record<string, Record<string, Record<string, unknown>>> => {
  const logSource = async (name: string, after: string | null | undefined) => {
    await world.gate
    let at = after ? Number(after) : world.log.length
    return world.source(name, () => {
      const said = world.log[at]
      if (said) at++
      return said
    })
  }
  const event = (subscribe: Resolver) => ({ subscribe, resolve: (value: unknown) => value })
  return {
    chat: {
      Query: { rooms: () => world.rooms },
      Mutation: {
        say: async (_: unknown, { text }: { text: string }, { scope }: { scope: RequestScope }) => {
          await world.writing
          world.say(text, String(viewerOrThrow(scope.viewer).id))
          return world.log.at(-1)
        },
      },
      Subscription: {
        said: event((_, { room, after }) => logSource(`said ${room}`, after)),
        heard: event((_, { room }) => logSource(`heard ${room}`, undefined)),
        counted: event((_, { id = '' }) => {
          let seen: number | undefined
          return world.source(`counted ${id}`, () => {
            const value = world.counters.get(id)
            if (value === undefined || value === seen) return undefined
            seen = value
            return { id, value, by: { id: '1' } }
          })
        }),
        tallied: event((_, args) => {
          const of = args['of'] as unknown as readonly string[] // by its type
          const seen = new Map<string, number>()
          return world.source(`tallied ${of}`, () => {
            for (const id of of) {
              const value = world.counters.get(id) ?? 0
              if (seen.get(id) === value) continue
              seen.set(id, value)
              return { id, value }
            }
            return undefined
          })
        }),
        private: event((_, __, { scope }) => {
          const { id } = viewerOrThrow(scope.viewer)
          let told = false
          return world.source('private', () => {
            if (told) return undefined
            told = true
            return Object(`for ${id}`)
          })
        }),
        broken: event(() => {
          throw new Error('the password is 1234')
        }),
      },
    },
    people: {
      Query: {
        viewer: (_: unknown, __: unknown, { scope }: { scope: RequestScope }) => scope.viewer,
        slow: () => new Promise((resolve) => setTimeout(resolve, 300, 'done')),
        secret: () => {
          throw new Error('the password is 1234')
        },
      },
      User: {
        name: ({ id }: { id: string }, _: unknown, { names }: { names: DataLoader<string, string> }) => names.load(id),
        known: (_: unknown, __: unknown, { scope }: { scope: RequestScope }) => scope.viewer !== null,
        mood: ({ id }: { id: string }, { style }: { style: string }) => `${style} mood of ${id}`,
      },
    },
    stats: {
      User: {
        posts: ({ id }: { id: string }, _: unknown, { posts }: { posts: DataLoader<string, number> }) => posts.load(id),
      },
    },
  }
}

/** Each context has loaders of its own, as in the real subgraphs. */
const contexts = (world: World): Record<string, (scope: RequestScope) => object> => ({
  chat: (scope) => ({ scope }),
  people: (scope) => ({
    scope,
    names: new DataLoader<string, string>(async (ids) => {
      world.calls['people'] = (world.calls['people'] ?? 0) + 1
      if (world.peopleDown) throw errors.unavailable('people')
      return ids.map((id) => `user ${id}`)
    }),
  }),
  stats: (scope) => ({
    scope,
    posts: new DataLoader<string, number>(async (ids) => {
      world.calls['stats'] = (world.calls['stats'] ?? 0) + 1
      return ids.map((id) => world.log.filter(({ author }) => author.id === id).length)
    }),
  }),
})

export function createSubgraphs(world: World): Map<string, Subgraph> {
  const contextOf = contexts(world)
  return new Map(
    Object.entries(typeDefs).map(([name, sdl]) => {
      const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers(world)[name] ?? {} }] as never) // loosely typed on purpose
      const createContext = contextOf[name] ?? ((scope) => ({ scope }))
      return [name, { name, schema, createContext, close: async () => {} }]
    }),
  )
}
