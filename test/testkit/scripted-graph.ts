import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { buildSchema, execute, type GraphQLSchema, parse, validate } from 'graphql'
import type { Caller, GraphDoor } from '../../gateway/door.ts'
import { errors } from '../../kit/errors.ts'
import { apiSchemaOf } from '../../schema/compose.ts'

/** The graph's real public schema. */
export const apiSchema: GraphQLSchema = buildSchema(
  apiSchemaOf(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8')),
)

/** A root field's value, or what makes it. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments are in the schema, the value is up to the test
type Field = unknown | ((args: any, caller: Caller) => unknown)

export interface Call {
  readonly name: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly caller: Caller
}

/**
 * A door that answers root fields as told, checked by the real schema: what the adapter asks has to be valid, and what a
 * test tells has to be of the right type. Tokens in `refused` are no good.
 */
export class ScriptedGraph implements GraphDoor {
  readonly calls: Call[] = []
  readonly files: { readonly url: string; readonly bytes: number; readonly token: string | null }[] = []
  refused: ReadonlySet<string> = new Set(['bad'])
  fields: Readonly<Record<string, Field>>

  constructor(fields: Readonly<Record<string, Field>> = {}) {
    this.fields = fields
  }

  async execute(
    operation: { name: string; document: string },
    variables: Readonly<Record<string, unknown>>,
    caller: Caller,
  ) {
    this.calls.push({ name: operation.name, variables, caller })
    if (caller.token !== null && this.refused.has(caller.token)) return { errors: [errors.unauthenticated()] }
    const document = parse(operation.document)
    const [fault] = validate(apiSchema, document)
    if (fault) throw fault
    // graphql-js hands the context to a root field that is a function.
    return execute({
      schema: apiSchema,
      document,
      rootValue: this.fields,
      variableValues: variables,
      contextValue: caller,
    })
  }

  async upload(url: string, file: Readable, caller: Caller) {
    let bytes = 0
    for await (const chunk of file) bytes += (chunk as Buffer).byteLength
    if (bytes === 0) throw errors.invalid('file', 'is empty')
    this.files.push({ url, bytes, token: caller.token })
    return { uploadId: 'upload-1', bytes }
  }
}

/** A user as the graph tells it; functions take the place of lists. */
export const aUser = (id: number, more: object = {}) => ({
  id,
  name: `user ${id}`,
  avatar: 'http://host/avatar.png',
  backgroundImage: 'http://host/background.png',
  signature: 'hello',
  followCount: 1,
  followerCount: 2,
  isFollow: true,
  totalFavorited: 3,
  workCount: 4,
  favoriteCount: 5,
  ...more,
})

export const aVideo = (id: number, more: object = {}) => ({
  id,
  title: `video ${id}`,
  playUrl: `http://host/media/${id}.mp4`,
  coverUrl: `http://host/media/${id}.jpg`,
  favoriteCount: 6,
  commentCount: 7,
  isFavorite: true,
  author: aUser(1),
  ...more,
})

/** The whole list, served in pages like the real graph: `first` and `after`. */
export const pagesOf =
  (nodes: readonly unknown[]) =>
  ({ first, after }: { first: number; after?: string | null }) => {
    const from = Number(after ?? 0)
    const to = from + first
    return {
      edges: [],
      nodes: nodes.slice(from, to),
      pageInfo: {
        hasNextPage: to < nodes.length,
        hasPreviousPage: from > 0,
        startCursor: String(from),
        endCursor: String(to),
      },
    }
  }
