import type { Bus } from '../../kit/bus/bus.ts'
import { Hints } from '../../kit/bus/hints.ts'
import { MemoryBus } from '../../kit/bus/memory.ts'
import { hasRowLocks } from '../../kit/database/database.ts'
import { migrate } from '../../kit/database/migrate.ts'
import { OwnerFact } from '../../kit/owners.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import { Activities } from './activity/activities.ts'
import { Presence } from './activity/presence.ts'
import type { Lives } from './activity/watched-user.ts'
import type { Context } from './context.ts'
import { checkFriends } from './friends.ts'
import { InboxLog, inboxChannel } from './inbox-log.ts'
import { createLoaders } from './loaders.ts'
import { LogFollower } from './log/follower.ts'
import { createMessage } from './migrations/0001-create-message.ts'
import { createNotification } from './migrations/0002-create-notification.ts'
import { clientIdsByByte } from './migrations/0003-client-ids-by-byte.ts'
import { NotificationLog, notificationChannel } from './notification-log.ts'
import { NotificationWrites } from './notification-writes.ts'
import { Conversation } from './resolvers/Conversation.ts'
import { Message } from './resolvers/Message.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { Query } from './resolvers/Query.ts'
import { Subscription } from './resolvers/Subscription.ts'
import { User } from './resolvers/User.ts'
import { MessageStore } from './store.ts'
import { MessageWrites } from './writes.ts'

export interface MessageServices {
  /** Carries hints: who watches `inbox:<user id>` hears `{ seq }` when the inbox may have grown to that number. */
  readonly bus?: Pick<Bus, 'publish' | 'on'>
  /** Milliseconds between looks for what no hint came of. */
  readonly pollMs?: number
  /** How long soft state lives, in milliseconds. */
  readonly lives?: Partial<Lives>
}

/** Chat and notifications: durable logs for each user, and the conversations in the first. */
export async function message(services: Services & MessageServices): Promise<Subgraph> {
  const { db, ids, clock, log, sources, pollMs } = services
  const bus = services.bus ?? new MemoryBus({ log })
  await migrate(db, 'message', [createMessage, createNotification, clientIdsByByte])
  const store = new MessageStore(db)
  const watching = { bus, log, ...(pollMs && { pollMs }) }
  const hints = new Hints(bus, log)
  const presence = new Presence(bus, hints)
  const activities = new Activities(bus, hints, services.lives)
  const inbox = new LogFollower(new InboxLog(db, ids), {
    ...watching,
    onFollow: (userId) => {
      presence.opened(userId)
      return () => presence.closed(userId)
    },
  })
  const notificationLog = new NotificationLog(db, ids)
  const notifications = new LogFollower(notificationLog, watching)
  const writes = new MessageWrites(db, {
    clock,
    ids,
    onReceived(userId, seq, entries) {
      if (!hasRowLocks(db)) inbox.grown(userId, entries) // a file has one process, a server may have others
      // A hint only: the sender waits for the log, never for the bus, and who missed a hint finds the message in the log.
      bus.publish(inboxChannel(userId), { seq }).catch((error: unknown) => log.debug(error, 'a hint was lost'))
    },
  })
  const notificationWrites = new NotificationWrites(db, {
    ids,
    onAdded: (userId, seq) => hints.send(notificationChannel(userId), { seq }),
  })
  const user = new OwnerFact(sources, {
    owner: 'user',
    typename: 'User',
    selection: 'id',
    toValue: ({ id }) => ({ id: Number(id) }),
  })
  return defineSubgraph<Context>({
    name: 'message',
    resolvers: { Query, Mutation, Subscription, Message, Conversation, User },
    createContext: ({ viewer }) => ({
      viewer,
      loaders: createLoaders(store, viewer),
      store,
      writes,
      ids,
      user,
      inbox,
      notifications,
      notificationLog,
      notificationWrites,
      activities,
      checkFriends: (userId, others) => checkFriends(sources(), userId, others),
    }),
    close: async () => {
      inbox.close()
      notifications.close()
      activities.close()
    },
  })
}
