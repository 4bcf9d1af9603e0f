import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import type { InboxMessage } from '../inbox-log.ts'
import type { LogEvent } from '../log/reader.ts'
import { notificationOf } from '../notification.ts'
import type { NotificationRow } from '../tables.ts'
import type { SubscriptionResolvers } from '../types.generated.ts'

export const Subscription: Required<SubscriptionResolvers<Context>> = {
  messageReceived: {
    subscribe: (_, { after }, { viewer, inbox }) => inbox.follow(viewerOrThrow(viewer).id, after),
    resolve: (event: LogEvent<InboxMessage>) =>
      event.type === 'entry'
        ? ({ __typename: 'MessageReceived', cursor: event.cursor, message: event.entry } as const)
        : turningPoint(event),
  },
  notificationReceived: {
    subscribe: (_, { after }, { viewer, notifications }) => notifications.follow(viewerOrThrow(viewer).id, after),
    resolve: (event: LogEvent<NotificationRow>) =>
      event.type === 'entry'
        ? ({
            __typename: 'NotificationReceived',
            cursor: event.cursor,
            notification: notificationOf(event.entry),
          } as const)
        : turningPoint(event),
  },
}

const turningPoint = (event: Exclude<LogEvent<never>, { type: 'entry' }>) =>
  event.type === 'opened'
    ? ({ __typename: 'StreamOpened', cursor: event.cursor } as const)
    : ({ __typename: 'StreamReset', cursor: event.cursor, reason: event.reason } as const)
