import { errors } from '../../../kit/errors.ts'
import { toKey } from '../../../kit/ids.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Activity } from '../activity/activity-reader.ts'
import type { Context } from '../context.ts'
import type { InboxMessage } from '../inbox-log.ts'
import type { LogEvent } from '../log/reader.ts'
import { notificationOf } from '../notification.ts'
import type { NotificationRow } from '../tables.ts'
import type { SubscriptionResolvers } from '../types.generated.ts'

const mostFriends = 100

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
  friendActivity: {
    async subscribe(_, { of }, { viewer, checkFriends, activities }) {
      const user = viewerOrThrow(viewer)
      if (of.length === 0) throw errors.invalid('of', 'names nobody')
      if (of.length > mostFriends) throw errors.limitExceeded('of', mostFriends)
      const friends = of.map((id) => toKey(id, 'of'))
      const check = () => checkFriends(user.id, friends)
      await check()
      return activities.follow(user.id, friends, check)
    },
    resolve: ({ userId, isOnline, isTyping }: Activity) => ({ friend: { id: userId }, isOnline, isTyping }),
  },
}

const turningPoint = (event: Exclude<LogEvent<never>, { type: 'entry' }>) =>
  event.type === 'opened'
    ? ({ __typename: 'StreamOpened', cursor: event.cursor } as const)
    : ({ __typename: 'StreamReset', cursor: event.cursor, reason: event.reason } as const)
