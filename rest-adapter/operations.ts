import { readdirSync, readFileSync } from 'node:fs'
import { type DefinitionNode, Kind, parse, print, visit } from 'graphql'
import type { TrustedOperation } from '../gateway/door.ts'
import type * as Types from './operations.generated.ts'

interface Typed<Variables, Data> {
  readonly variables: Variables
  readonly data: Data
}

/** Every operation that the adapter knows, with the types of what goes in and what comes out. */
export interface Operations {
  readonly Conversation: Typed<Types.ConversationQueryVariables, Types.ConversationQuery>
  readonly CreateUpload: Typed<Types.CreateUploadMutationVariables, Types.CreateUploadMutation>
  readonly DeleteComment: Typed<Types.DeleteCommentMutationVariables, Types.DeleteCommentMutation>
  readonly FavoriteVideo: Typed<Types.FavoriteVideoMutationVariables, Types.FavoriteVideoMutation>
  readonly Feed: Typed<Types.FeedQueryVariables, Types.FeedQuery>
  readonly Followers: Typed<Types.FollowersQueryVariables, Types.FollowersQuery>
  readonly Following: Typed<Types.FollowingQueryVariables, Types.FollowingQuery>
  readonly FollowUser: Typed<Types.FollowUserMutationVariables, Types.FollowUserMutation>
  readonly Friends: Typed<Types.FriendsQueryVariables, Types.FriendsQuery>
  readonly Login: Typed<Types.LoginMutationVariables, Types.LoginMutation>
  readonly PostComment: Typed<Types.PostCommentMutationVariables, Types.PostCommentMutation>
  readonly PublishVideo: Typed<Types.PublishVideoMutationVariables, Types.PublishVideoMutation>
  readonly Register: Typed<Types.RegisterMutationVariables, Types.RegisterMutation>
  readonly SendMessage: Typed<Types.SendMessageMutationVariables, Types.SendMessageMutation>
  readonly UnfavoriteVideo: Typed<Types.UnfavoriteVideoMutationVariables, Types.UnfavoriteVideoMutation>
  readonly UnfollowUser: Typed<Types.UnfollowUserMutationVariables, Types.UnfollowUserMutation>
  readonly User: Typed<Types.UserQueryVariables, Types.UserQuery>
  readonly UserFavorites: Typed<Types.UserFavoritesQueryVariables, Types.UserFavoritesQuery>
  readonly UserVideos: Typed<Types.UserVideosQueryVariables, Types.UserVideosQuery>
  readonly VideoComments: Typed<Types.VideoCommentsQueryVariables, Types.VideoCommentsQuery>
  readonly Viewer: Typed<Types.ViewerQueryVariables, Types.ViewerQuery>
}

export type OperationName = keyof Operations
export type Variables<Name extends OperationName> = Operations[Name]['variables']
export type Data<Name extends OperationName> = Operations[Name]['data']
export type LoadedOperations = Readonly<Record<OperationName, TrustedOperation>>

/**
 * Reads `operations/`: one operation or fragment a file, named like it. Each document comes with the fragments that it
 * uses and no others, because a graph refuses a document with unused ones.
 */
export function loadOperations(folder: URL = new URL('operations/', import.meta.url)): LoadedOperations {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'))
  const definitions = files.flatMap((file) => parse(readFileSync(new URL(file, folder), 'utf8')).definitions)
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  )
  const operations = definitions.flatMap((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION || node.name === undefined) return []
    const document = [node, ...fragmentsOf(node, fragments)].map(print).join('\n\n')
    return [[node.name.value, { name: node.name.value, document }] as const]
  })
  return Object.fromEntries(operations) as LoadedOperations // a test compares folder and type
}

function fragmentsOf(node: DefinitionNode, known: ReadonlyMap<string, DefinitionNode>): ReadonlySet<DefinitionNode> {
  const found = new Set<DefinitionNode>()
  const follow = (from: DefinitionNode): unknown =>
    visit(from, {
      FragmentSpread({ name }) {
        const fragment = known.get(name.value)
        if (fragment === undefined) throw new Error(`there is no fragment ${name.value}`)
        if (found.has(fragment)) return
        found.add(fragment)
        follow(fragment)
      },
    })
  follow(node)
  return found
}
