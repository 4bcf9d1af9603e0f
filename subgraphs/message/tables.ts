import type { Claim } from '../../kit/database/claims.ts'

/** A message in the mailbox of one of its two users. Each has an own copy, so that every read stays on the reader's shard. */
export interface MessageRow {
  /** Whose mailbox it is. */
  user_id: number
  /** The other one. */
  peer_id: number
  /** In milliseconds since 1970, strictly increasing for the two: the order of their messages, the same in both mailboxes. */
  sent_at: number
  /** The same in both mailboxes. */
  id: number
  /** 1 in the sender's mailbox, 0 in the recipient's. */
  from_me: 0 | 1
  /** Exactly as written. */
  content: string
}

/** When the two last wrote to each other; two rows, as of the messages. Its row lock puts their messages in order. */
export interface ConversationRow {
  user_id: number
  peer_id: number
  last_sent_at: number
}

/** The log of what a user receives, whoever from. Number `seq` is never visible before `seq - 1`, and none is missing. */
export interface InboxRow {
  user_id: number
  seq: number
  peer_id: number
  sent_at: number
}

/** The end of a user's log, of messages or of notifications. */
export interface LogHeadRow {
  user_id: number
  /** The last number in the log, 0 when it is empty. */
  seq: number
  /** Made with the log: another one means that numbers seen before have lost their meaning. */
  epoch: number
}

export type NotificationKind = 'FOLLOWED' | 'LIKED' | 'COMMENTED'

/** The log of what happened around a user; numbered as {@link InboxRow}. */
export interface NotificationRow {
  user_id: number
  seq: number
  /** That of the follow, like or comment: when it was made. */
  id: number
  kind: NotificationKind
  actor_id: number
  /** 0 when there is none. */
  video_id: number
  /** What of this kind the actor does once: the video that is liked, the comment, 0 for following the user. */
  subject_id: number
}

export interface NotificationTables {
  notification: NotificationRow
  notification_head: LogHeadRow
}

export interface MessageTables extends NotificationTables {
  mailbox: MessageRow
  conversation: ConversationRow
  inbox: InboxRow
  inbox_head: LogHeadRow
  /** Which message a client's name for it led to: a retry finds the first one. */
  message_request: Claim & { peer_id: number }
}
