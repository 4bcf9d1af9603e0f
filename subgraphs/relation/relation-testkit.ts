import assert from 'node:assert/strict'
import type { Cache } from '../../kit/cache/cache.ts'
import type { DatabaseKind } from '../../test/testkit/databases.ts'
import { type Answer, startSubgraph } from '../../test/testkit/subgraph.ts'
import { type RelationServices, relation } from './index.ts'

/** Users from here on do not exist. */
export const firstUnknownUser = 1_000

const owners = { user: (_: string, id: number) => (id < firstUnknownUser ? { id: String(id) } : null) }
const counts = 'followCount followerCount isFollow'
const followed = `{ user { id ${counts} } viewer { id ${counts} } }`

/** What the fields of one user say. */
export interface Counts {
  readonly followCount: number
  readonly followerCount: number
  readonly isFollow: boolean
}

/** The relation subgraph, where the users from 1 to 999 exist. */
export async function startRelation(database: DatabaseKind, worker = 0, cache?: Cache, mostFollows?: number) {
  const graph = await startSubgraph<RelationServices>(relation, {
    database,
    worker,
    owners,
    more: { ...(cache && { cache }), ...(mostFollows && { mostFollows }) },
  })
  const usersOf = (ids: readonly number[]) => ids.map((id) => ({ __typename: 'User', id: String(id) }))
  const set = async (field: string, viewerId: number | null, userId: number | string): Promise<Answer> => {
    const operation = `mutation ($id: ID!) { ${field}(input: { userId: $id }) ${followed} }`
    return (await graph.run(operation, { id: String(userId) }, viewerId))[field]
  }
  return {
    ...graph,
    follow: (viewerId: number | null, userId: number | string) => set('followUser', viewerId, userId),
    unfollow: (viewerId: number | null, userId: number | string) => set('unfollowUser', viewerId, userId),
    async countsOf(ids: readonly number[], viewerId: number | null = null): Promise<Counts[]> {
      const operation = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { ${counts} } } }`
      return (await graph.run(operation, { of: usersOf(ids) }, viewerId))['_entities']
    },
    /** The ids of a list, read in pages. */
    async list(field: 'following' | 'followers' | 'friends', id: number, pageSize = 100): Promise<number[]> {
      const operation = `query ($of: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $of) {
        ... on User { list: ${field}(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`
      const ids: number[] = []
      let after: string | null = null
      for (let more = true; more; ) {
        const variables: object = { of: usersOf([id]), first: pageSize, after }
        const { list } = (await graph.run(operation, { ...variables }))['_entities'][0]
        assert.ok(list.nodes.length <= pageSize)
        ids.push(...list.nodes.map((node: { id: string }) => Number(node.id)))
        after = list.pageInfo.endCursor
        more = list.pageInfo.hasNextPage
      }
      return ids
    },
  }
}
export type RelationGraph = Awaited<ReturnType<typeof startRelation>>

/** Reads all rows, checks that mirror and counters say the same, and returns who follows whom as `user target`. */
export async function consistentFollows(graph: RelationGraph, userIds: readonly number[]): Promise<Set<string>> {
  const { db } = graph.services
  const rows = await db.selectFrom('following').selectAll().execute()
  const mirror = await db.selectFrom('follower').selectAll().execute()
  const edgesOf = (edges: readonly (readonly unknown[])[]) => edges.map((edge) => edge.join(' ')).sort()
  assert.deepEqual(
    edgesOf(mirror.map((row) => [row['follower_id'], row['user_id'], row['id']])),
    edgesOf(rows.map((row) => [row['user_id'], row['target_id'], row['id']])),
  )
  for (const [n, { followCount, followerCount }] of (await graph.countsOf(userIds)).entries()) {
    assert.equal(followCount, rows.filter((row) => row['user_id'] === userIds[n]).length)
    assert.equal(followerCount, rows.filter((row) => row['target_id'] === userIds[n]).length)
  }
  return new Set(rows.map((row) => `${row['user_id']} ${row['target_id']}`))
}
