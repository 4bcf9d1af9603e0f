/** The domains' tables, and by which column a sharded database spreads the rows of each: the first of its primary key. */
export const shardKeys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kit: { schema_migration: 'domain', worker_lease: 'worker', owed_drop: 'name' },
  user: { user: 'id', user_name: 'name' },
  publish: { video: 'id', upload: 'user_id', work_count: 'user_id', video_deletion: 'video_id' },
  favorite: {
    favorite: 'user_id',
    favorite_count_of_video: 'video_id',
    favorite_count_of_author: 'author_id',
    favorite_count_of_user: 'user_id',
    favorite_deleted_video: 'video_id',
    favorite_outbox: 'owner_id',
  },
  comment: {
    comment: 'video_id',
    comment_count_of_video: 'video_id',
    comment_request: 'owner_id',
    comment_deletion: 'video_id',
    comment_deleted_video: 'video_id',
    comment_outbox: 'owner_id',
  },
  relation: {
    following: 'user_id',
    follower: 'user_id',
    follow_count: 'user_id',
    follower_count: 'user_id',
    relation_outbox: 'owner_id',
  },
  message: {
    mailbox: 'user_id',
    conversation: 'user_id',
    inbox: 'user_id',
    inbox_head: 'user_id',
    message_request: 'owner_id',
    notification: 'user_id',
    notification_head: 'user_id',
  },
}

export interface Exception {
  /** The whole statement, without quotes and in lower case. */
  readonly statement: RegExp
  readonly why: string
}

/** Statements that go to more than one shard, on purpose. */
export const exceptions: readonly Exception[] = [
  {
    statement: /^select id from video( where id .*)? order by id desc limit \?$/,
    why: 'the feed is of all authors: each shard reads its newest few along the primary key, and they are merged',
  },
  {
    statement: /^select id from video where id < \?( and id > \?)? and id >= coalesce\(.*\) order by id desc$/,
    why: 'the feed, to the end of a millisecond: a handful of rows along the primary key of each shard',
  },
  {
    statement: /^select \* from video where author_id = \?( and id < \?)? order by id desc limit \?$/,
    why: 'a list of one author, by a global index; videos are looked up by id a hundred times as often',
  },
  {
    statement: /^select \* from comment where id in \(\?(, \?)*\)$/,
    why: 'a comment of which only the id is known, by a global index',
  },
  {
    statement: /^select \* from \w+ where retry_at <= \? order by retry_at limit \?$/,
    why: 'work that was left undone, looked for in the background on every shard',
  },
  {
    statement:
      /^select user_id, video_id, author_id from favorite where video_id = \? order by user_id limit \?( for update)?$/,
    why: 'the likes of a deleted video lie with those who liked it; read in the background, by a global index',
  },
  {
    statement: /^select \* from worker_lease$/,
    why: 'a row for each process at most, read at its start',
  },
  {
    statement: /^select \* from owed_drop where name > \? order by name limit \?$/,
    why: 'empty as long as the cache can be reached; read whole, in the order of its key',
  },
  {
    statement: /^delete from owed_drop where until_ms < \?$/,
    why: 'what an outage of the cache of over ten minutes has left',
  },
]
