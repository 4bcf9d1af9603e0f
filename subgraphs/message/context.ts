import type { IdSource } from '../../kit/ids.ts'
import type { OwnerFact } from '../../kit/owners.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { Activities } from './activity/activities.ts'
import type { InboxMessage } from './inbox-log.ts'
import type { Loaders } from './loaders.ts'
import type { LogFollower } from './log/follower.ts'
import type { NotificationLog } from './notification-log.ts'
import type { NotificationWrites } from './notification-writes.ts'
import type { MessageStore } from './store.ts'
import type { NotificationRow } from './tables.ts'
import type { MessageWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  readonly loaders: Loaders
  readonly store: MessageStore
  readonly writes: MessageWrites
  readonly ids: IdSource
  /** Whether a user exists: asked of the user service. */
  readonly user: OwnerFact<UserRef>
  /** What users receive. */
  readonly inbox: LogFollower<InboxMessage>
  /** What happens around users. */
  readonly notifications: LogFollower<NotificationRow>
  readonly notificationLog: NotificationLog
  readonly notificationWrites: NotificationWrites
  /** What users are doing. */
  readonly activities: Activities
  /** Asks the relation service. @throws FORBIDDEN unless a user and each of the others follow each other */
  readonly checkFriends: (userId: number, others: readonly number[]) => Promise<void>
}

/** A conversation as one of its two users sees it. */
export interface ConversationRef {
  readonly userId: number
  readonly peerId: number
}

/** A user of whom only the key is known here. */
export interface UserRef {
  readonly id: number
}
