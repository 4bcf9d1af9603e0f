import { errors } from '../../kit/errors.ts'
import { type DataSources, systemScope } from '../../kit/owners.ts'

/** @throws FORBIDDEN unless a user and each of the others follow each other, UNAVAILABLE when that cannot be asked */
export async function checkFriends(sources: DataSources, userId: number, others: readonly number[]): Promise<void> {
  const relation = sources.get('relation')
  if (!relation) throw errors.unavailable('relation')
  const { data, errors: faults } = await relation.execute(
    {
      kind: 'query',
      operation:
        'query Friends($of: [_Any!]!) { _entities(representations: $of) { ... on User { isFollow followsViewer } } }',
      variables: { of: others.map((id) => ({ __typename: 'User', id: String(id) })) },
    },
    { ...systemScope('friends'), viewer: { id: userId } },
  )
  const found = data?.['_entities'] as ({ isFollow: unknown; followsViewer: unknown } | null)[] | undefined // as asked for
  if (!found || faults?.length) throw errors.unavailable('relation', faults?.[0])
  const stranger = others.find((_, n) => found[n]?.isFollow !== true || found[n]?.followsViewer !== true)
  if (stranger !== undefined) throw errors.forbidden(`${stranger} is no friend`, 'User')
}
