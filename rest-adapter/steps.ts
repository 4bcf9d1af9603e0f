import { errors } from '../kit/errors.ts'
import { type Answer, type Graph, needed } from './graph.ts'
import { momentOf, toDateTime } from './moment.ts'
import type { LegacyMessageFragment } from './operations.generated.ts'
import type { Data, OperationName, Variables } from './operations.ts'
import { messageListBody } from './reply.ts'
import { forwards, walk } from './walk.ts'

/** What a step knows besides its parameters. */
export interface Occasion {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The file that came with the request, once it is stored. */
  readonly uploadId: string | null
}

/** What an endpoint does with the graph. */
export interface Step<Params> {
  /** The operations that it may run. */
  readonly operations: readonly OperationName[]
  /** Makes the body of the reply. @throws a fault of the catalogue */
  run(graph: Graph, params: Params, occasion: Occasion): Promise<object>
}

/** The longest list that is sent, newest first; the app shows a list whole and keeps it in memory. */
const longestList = 2_000
/** The longest chat history that is sent, newest ones win. */
const longestChat = 5_000
const pageSize = 100

/** One operation, one answer. */
export const ask = <Name extends OperationName, Params>(
  name: Name,
  variables: (params: Params, occasion: Occasion) => Variables<Name>,
  body: (data: Data<Name>, occasion: Occasion) => object = () => ({}),
): Step<Params> => ({
  operations: [name],
  run: async (graph, params, occasion) => body((await graph.ask(name, variables(params, occasion))).data, occasion),
})

/** Two endpoints in one, told apart by a number. */
export const byAction = <Params>(
  steps: Readonly<Record<1 | 2, Step<Params>>>,
): Step<Params & { readonly action_type: 1 | 2 }> => ({
  operations: [...steps[1].operations, ...steps[2].operations],
  run: (graph, params, occasion) => steps[params.action_type].run(graph, params, occasion),
})

/** The file is stored by now: it becomes a video. */
export const publish: Step<{ title: string }> = {
  operations: ['CreateUpload', 'PublishVideo'],
  async run(graph, { title }, { uploadId }) {
    if (uploadId === null) throw errors.invalid('data', 'the video file is missing')
    await graph.ask('PublishVideo', { uploadId, title })
    return {}
  },
}

/** A parameter that only one of two actions needs. @throws BAD_USER_INPUT when it is missing */
export function given(value: string | undefined, name: string): string {
  if (value === undefined) throw errors.invalid(name, 'is missing')
  return value
}

export const user = (
  body: (user: NonNullable<Data<'User'>['user']>) => object,
): Step<{ user_id?: string | undefined }> => ({
  operations: ['User', 'Viewer'],
  async run(graph, params) {
    const userId = await whose(graph, params.user_id)
    const { data, faults } = await graph.ask('User', { userId })
    return body(needed(data.user, faults, 'User', userId))
  },
})

type Connection<Node> = Parameters<typeof forwards<Node>>[0]
type UserList = 'UserVideos' | 'UserFavorites' | 'Following' | 'Followers' | 'Friends'
type Owner<Name extends UserList> = NonNullable<Data<Name>['user']>

/** A list that belongs to a user, read to its end. */
export const userList = <Name extends UserList, Node>(
  name: Name,
  list: (owner: Owner<Name>) => Connection<Node> | null,
  body: (nodes: readonly Node[]) => object,
): Step<{ user_id?: string | undefined }> => ({
  operations: [name, 'Viewer'],
  async run(graph, params) {
    const userId = await whose(graph, params.user_id)
    const pageOf = ({ data, faults }: Answer<Name>) => {
      const owner = needed(data.user as Owner<Name> | null, faults, 'User', userId) // what every UserList has
      return forwards(needed(list(owner), faults, name, userId))
    }
    return body(await walk(graph, name, (after) => ({ userId, after }) as Variables<Name>, pageOf, longestList)) // likewise
  },
})

export const commentList = (
  body: (
    nodes: readonly NonNullable<NonNullable<Data<'VideoComments'>['video']>['comments']>['nodes'][number][],
  ) => object,
): Step<{ video_id: string }> => ({
  operations: ['VideoComments'],
  async run(graph, { video_id: videoId }) {
    const pageOf = ({ data, faults }: Answer<'VideoComments'>) => {
      const video = needed(data.video, faults, 'Video', videoId)
      return forwards(needed(video.comments, faults, 'Video', videoId))
    }
    return body(await walk(graph, 'VideoComments', (after) => ({ videoId, after }), pageOf, longestList))
  },
})

/**
 * The app asks again and again with the newest time it knows, appends what it gets, and shows what it sends by itself: so
 * with a time it is given only what the other side wrote. Read from the newest end, so that a long run of own messages can
 * never hide a received one.
 */
export const chat: Step<{ to_user_id: string; pre_msg_time?: string | undefined }> = {
  operations: ['Conversation'],
  async run(graph, { to_user_id, pre_msg_time }) {
    const after = momentOf(pre_msg_time)
    const sentAfter = after === undefined ? null : toDateTime(after)
    const pageOf = ({ data }: Answer<'Conversation'>) => {
      const { nodes, pageInfo } = data.conversation.messages
      // A page that is not full is the last one: a poll without news must not cost a second look.
      const more = pageInfo.hasPreviousPage && nodes.length === pageSize
      return { nodes: nodes.toReversed(), next: more ? pageInfo.startCursor : null }
    }
    const variablesAt = (before: string | null) => ({ with: to_user_id, before, sentAfter })
    const newestFirst: LegacyMessageFragment[] = await walk(graph, 'Conversation', variablesAt, pageOf, longestChat)
    const oldestFirst = newestFirst.toReversed()
    return messageListBody(
      after === undefined ? oldestFirst : oldestFirst.filter((sent) => sent.sender?.id === to_user_id),
    )
  },
}

/** Without a user named, the one whose token was sent. */
async function whose(graph: Graph, userId: string | undefined): Promise<string> {
  if (userId !== undefined) return userId
  const { data, faults } = await graph.ask('Viewer', {})
  if (data.viewer === null) throw faults[0] ?? errors.unauthenticated()
  return data.viewer.id
}
