import assert from 'node:assert/strict'
import { type ExecutionResult, parse, validate } from 'graphql'
import { openDatabase, type Statement } from '../../kit/database/database.ts'
import { IdSource } from '../../kit/ids.ts'
import { createLog } from '../../kit/log.ts'
import type { Services } from '../../kit/services.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import type { Subgraph } from '../../kit/subgraph/subgraph.ts'
import type { RequestScope, Viewer } from '../../kit/viewer.ts'
import type { DatabaseKind } from './databases.ts'
import { watched } from './sharding/watched-database.ts'

/** What an operation returned; a test reads what it asked for. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is in the operation's text
export type Answer = Record<string, any>

export interface SubgraphHarness<More> extends AsyncDisposable {
  readonly services: Services & More
  readonly statements: readonly string[]
  /** Runs an operation as a viewer (a user id, or nobody) and returns data; throws the first error. */
  run(operation: string, variables?: Record<string, unknown>, viewerId?: number | null): Promise<Answer>
  /** The same, but returns errors too. */
  try(operation: string, variables?: Record<string, unknown>, viewerId?: number | null): Promise<ExecutionResult>
  /** How many SQL statements `work` runs, transactions' begin and commit left out. */
  countStatements(work: () => Promise<unknown>): Promise<number>
}

export interface HarnessOptions<More> {
  readonly database: DatabaseKind
  readonly worker?: number
  readonly clock?: () => number
  readonly more?: More
  /** Facts of other subgraphs: entities by typename and id, or null for "does not exist". */
  readonly owners?: Readonly<Record<string, (typename: string, id: number) => Record<string, unknown> | null>>
}

/**
 * One subgraph alone on a real database, the others replaced by the facts that it asks of them. Its disposal fails when it
 * ran a statement that a sharded database could not run.
 */
export async function startSubgraph<More = object>(
  create: (services: Services & More) => Promise<Subgraph>,
  { database, worker = 0, clock = Date.now, more, owners = {} }: HarnessOptions<More>,
): Promise<SubgraphHarness<More>> {
  const statements: string[] = []
  const opened = await database.open()
  const db = await openDatabase({ url: opened.url, onStatement: ({ sql }: Statement) => statements.push(sql) })
  const sources = new Map(Object.entries(owners).map(([name, find]) => [name, ownerSource(name, find)]))
  const services = {
    db,
    ids: new IdSource({ worker, from: 0, until: () => Number.MAX_SAFE_INTEGER }, clock),
    slot: worker,
    clock,
    log: await createLog({ level: 'silent' }),
    sources: () => sources,
    ...more,
  } as Services & More // `more` is required by type exactly when More is not empty
  const { db: own, faults } = watched(services.db)
  const subgraph = await create({ ...services, db: own })
  const source = new InProcessDataSource(subgraph)

  const attempt = async (
    operation: string,
    variables: Record<string, unknown> = {},
    viewerId: number | null = null,
  ) => {
    const faults = validate(subgraph.schema, parse(operation))
    if (faults.length > 0) throw faults[0]
    return source.execute({ kind: 'query', operation, variables }, scopeOf(viewerId === null ? null : { id: viewerId }))
  }
  return {
    services,
    statements,
    try: attempt,
    async run(operation, variables, viewerId) {
      const { data, errors } = await attempt(operation, variables, viewerId)
      if (errors?.[0]) throw errors[0].originalError ?? errors[0]
      return { ...data }
    },
    async countStatements(work) {
      const before = statements.length
      await work()
      return statements.slice(before).filter((sql) => !/^(begin|commit|rollback|set )/i.test(sql)).length
    },
    async [Symbol.asyncDispose]() {
      await subgraph.close()
      await db.destroy()
      await opened[Symbol.asyncDispose]()
      assert.deepEqual(Object.fromEntries(faults), {})
    },
  }
}

export const scopeOf = (viewer: Viewer | null): RequestScope => ({
  viewer,
  requestId: 'test',
  origin: 'http://localhost:4000',
  deadline: Date.now() + 60_000,
})

function ownerSource(
  name: string,
  find: (typename: string, id: number) => Record<string, unknown> | null,
): DataSource<RequestScope> {
  return {
    name,
    async execute({ variables }) {
      const of = variables['of'] as { __typename: string; id: string }[] // the shape that OwnerFact sends
      return { data: { _entities: of.map(({ __typename, id }) => find(__typename, Number(id))) } }
    },
    subscribe: () => Promise.reject(new Error('an owner of facts has no subscriptions')),
  }
}
