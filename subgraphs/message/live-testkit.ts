import type { SubgraphEvents } from '../../kit/subgraph/data-source.ts'
import { type LiveHarness, startLiveSubgraph } from '../../test/testkit/live-subgraph.ts'
import type { HarnessOptions } from '../../test/testkit/subgraph.ts'
import { type MessageServices, message } from './index.ts'

export const sendMessage = `mutation ($to: ID!, $content: String!, $clientId: String) {
  sendMessage(input: { to: $to, content: $content, clientId: $clientId }) { message { id } } }`

const messageReceived = `subscription ($after: String) {
  messageReceived(after: $after) {
    __typename cursor
    ... on MessageReceived { message { id content sender { id } recipient { id } } }
    ... on StreamReset { reason }
  }
}`

export interface LiveGraph extends LiveHarness<MessageServices> {
  /** Opens a stream of the inbox. @throws the error that it is refused with */
  receive(viewerId: number | null, after?: string): Promise<SubgraphEvents>
}

/** The message subgraph, among users who all exist; those below 100 follow each other. */
export async function startLive(options: HarnessOptions<MessageServices>): Promise<LiveGraph> {
  const owners = {
    user: (_: string, id: number) => ({ id: String(id) }),
    relation: (_: string, id: number) => ({ isFollow: id < 200, followsViewer: id < 100 }),
  }
  const graph = await startLiveSubgraph<MessageServices>(message, { owners, ...options })
  const receive: LiveGraph['receive'] = (viewerId, after) =>
    graph.subscribe(messageReceived, after === undefined ? {} : { after }, viewerId)
  return Object.assign(graph, { receive })
}
