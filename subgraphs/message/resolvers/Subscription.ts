import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { InboxMessage } from '../inbox-log.ts'
import type { LogEvent } from '../log/reader.ts'
import type { SubscriptionResolvers } from '../types.generated.ts'

export const Subscription: Required<SubscriptionResolvers<Context>> = {
  messageReceived: {
    subscribe: (_, { after }, { viewer, inbox }) => inbox.follow(viewerOrThrow(viewer).id, after),
    resolve: (event: LogEvent<InboxMessage>) => inboxEvent(event),
  },
}

function inboxEvent(event: LogEvent<InboxMessage>) {
  switch (event.type) {
    case 'entry':
      return { __typename: 'MessageReceived', cursor: event.cursor, message: event.entry } as const
    case 'opened':
      return { __typename: 'StreamOpened', cursor: event.cursor } as const
    case 'reset':
      return { __typename: 'StreamReset', cursor: event.cursor, reason: event.reason } as const
  }
}
