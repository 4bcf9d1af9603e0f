import { errors } from './errors.ts'
import { type DataSources, systemScope } from './owners.ts'

export interface OwnerMutation {
  /** The subgraph that owns what is to be changed. */
  readonly owner: string
  /** One of its fields that only our own services may use: idempotent, and true when it is done. */
  readonly field: string
  /** Its arguments, with their GraphQL types. */
  readonly arguments: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>
}

/** Asks the owner of something for a change of it. @throws UNAVAILABLE when the owner does not say that it is done */
export async function mutateAtOwner(sources: DataSources, mutation: OwnerMutation): Promise<void> {
  const { owner, field } = mutation
  const source = sources.get(owner)
  if (!source) throw errors.unavailable(owner)
  const given = Object.entries(mutation.arguments)
  const types = given.map(([name, { type }]) => `$${name}: ${type}`).join(', ')
  const names = given.map(([name]) => `${name}: $${name}`).join(', ')
  const { data, errors: faults } = await source.execute(
    {
      kind: 'mutation',
      operation: `mutation Internal(${types}) { ${field}(${names}) }`,
      operationName: 'Internal',
      variables: Object.fromEntries(given.map(([name, { value }]) => [name, value])),
    },
    systemScope(field),
  )
  if (faults?.length || data?.[field] !== true) throw errors.unavailable(owner, faults?.[0])
}
