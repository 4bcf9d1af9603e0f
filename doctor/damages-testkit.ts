import { CachedUsers } from '../subgraphs/user/cached-store.ts'
import { UserStore } from '../subgraphs/user/store.ts'
import type { Town } from './doctor-testkit.ts'

export interface Damage {
  readonly what: string
  /** The name of the check that has to find it begins so. */
  readonly check: string
  readonly harm: (town: Town) => Promise<unknown>
  /** For what the doctor can't make right. */
  readonly undo?: (town: Town) => Promise<unknown>
}

export const counters = [
  ['work_count', 'user_id', 'works'],
  ['favorite_count_of_video', 'video_id', 'likes of a video'],
  ['favorite_count_of_user', 'user_id', 'likes by'],
  ['favorite_count_of_author', 'author_id', 'likes that'],
  ['comment_count_of_video', 'video_id', 'comments'],
  ['follow_count', 'user_id', 'whom'],
  ['follower_count', 'user_id', 'followers'],
] as const
export const ofTown = (key: string, town: Town) => (key === 'video_id' ? town.video : (town.users[0] ?? 0))

/** Makes a counter say three more than there are. */
export const miscount = (town: Town, table: string, key: string) =>
  town.db
    .updateTable(table)
    .set((eb) => ({ count: eb('count', '+', 3) }))
    .where(key, '=', ofTown(key, town))
    .execute()

/** Whatever may be wrong, one thing at a time, in a town where all is well. */
export const damages: readonly Damage[] = [
  ...counters.flatMap(([table, key, name]): Damage[] => [
    {
      what: `${table} is too large`,
      check: `counter: ${name}`,
      harm: (town) => miscount(town, table, key),
    },
    {
      what: `${table} has lost a row`,
      check: `counter: ${name}`,
      harm: (town) => town.db.deleteFrom(table).where(key, '=', ofTown(key, town)).execute(),
    },
    {
      what: `${table} counts what does not exist`,
      check: `counter: ${name}`,
      harm: ({ db }) =>
        db
          .insertInto(table)
          .values({ [key]: 99, count: 1, ...(/follower|video|author/.test(table) && { slot: 3 }) })
          .execute(),
    },
  ]),
  {
    what: 'a follow is missing among the followers',
    check: 'follows',
    harm: ({ db, users }) =>
      db.deleteFrom('follower').where('user_id', '=', users[0]).where('follower_id', '=', users[1]).execute(),
  },
  {
    what: 'a friend is one on one side only',
    check: 'friends',
    harm: ({ db, users }) =>
      db.deleteFrom('follower').where('user_id', '=', users[1]).where('follower_id', '=', users[0]).execute(),
  },
  {
    what: 'a follower does not follow',
    check: 'follows',
    harm: ({ db }) => db.insertInto('follower').values({ user_id: 5, follower_id: 6, id: 7 }).execute(),
  },
  {
    what: 'a follow has another time on each side',
    check: 'follows',
    harm: ({ db, users }) => db.updateTable('following').set({ id: 5 }).where('user_id', '=', users[2]).execute(),
  },
  {
    what: 'a name is nobody’s',
    check: 'names',
    harm: ({ db }) => db.deleteFrom('user_name').where('name', '=', 'mei').execute(),
  },
  {
    what: 'a name belongs to somebody else',
    check: 'names',
    harm: ({ db, users }) => db.updateTable('user_name').set({ user_id: users[0] }).where('name', '=', 'mei').execute(),
  },
  {
    what: 'a name belongs to a user who does not exist',
    check: 'names',
    harm: ({ db }) => db.insertInto('user_name').values({ name: 'ghost', user_id: 99 }).execute(),
  },
  {
    what: 'a like is of no video',
    check: 'likes are',
    harm: ({ db, users }) =>
      db.insertInto('favorite').values({ user_id: users[0], video_id: 99, author_id: 5, id: 9 }).execute(),
  },
  {
    what: 'a comment is on no video',
    check: 'comments are',
    harm: ({ db }) => db.insertInto('comment').values({ video_id: 99, id: 9, author_id: 5, text: 'a' }).execute(),
  },
  {
    what: 'a message is missing in one mailbox',
    check: 'messages',
    harm: ({ db, users }) =>
      db.deleteFrom('mailbox').where('user_id', '=', users[1]).where('from_me', '=', 1).execute(),
  },
  {
    what: 'a message says something else on the other side',
    check: 'messages',
    harm: ({ db, users }) => db.updateTable('mailbox').set({ content: 'ho' }).where('user_id', '=', users[2]).execute(),
    undo: ({ db }) => db.updateTable('mailbox').set({ content: 'hi' }).execute(),
  },
  {
    what: 'a conversation has fallen behind',
    check: 'conversations',
    harm: ({ db, users }) =>
      db.updateTable('conversation').set({ last_sent_at: 5 }).where('user_id', '=', users[0]).execute(),
  },
  {
    what: 'a conversation is missing',
    check: 'conversations',
    harm: ({ db, users }) => db.deleteFrom('conversation').where('user_id', '=', users[0]).execute(),
  },
  {
    what: 'a conversation ends with a message that is gone',
    check: 'conversations',
    harm: ({ db }) => db.insertInto('conversation').values({ user_id: 5, peer_id: 6, last_sent_at: 7 }).execute(),
    undo: ({ db }) => db.deleteFrom('conversation').where('user_id', '=', 5).execute(),
  },
  {
    what: 'an inbox has a gap',
    check: 'inboxes are',
    harm: ({ db, users }) =>
      db.updateTable('inbox').set({ seq: 50 }).where('user_id', '=', users[1]).where('seq', '=', 1).execute(),
    undo: ({ db, users }) =>
      db.updateTable('inbox').set({ seq: 1 }).where('user_id', '=', users[1]).where('seq', '=', 50).execute(),
  },
  {
    what: 'an inbox is in another order than its messages',
    check: 'inboxes hold',
    harm: swapFirstTwo,
    undo: swapFirstTwo,
  },
  {
    what: 'an inbox has lost an entry',
    check: 'inboxes hold',
    harm: ({ db, users }) =>
      db.updateTable('inbox').set({ sent_at: 5 }).where('user_id', '=', users[1]).where('seq', '=', 2).execute(),
    undo: async ({ db, users }) => {
      const row = await db
        .selectFrom('conversation')
        .select('last_sent_at')
        .where('user_id', '=', users[1])
        .executeTakeFirstOrThrow()
      await db
        .updateTable('inbox')
        .set({ sent_at: row['last_sent_at'] })
        .where('user_id', '=', users[1])
        .where('seq', '=', 2)
        .execute()
    },
  },
  {
    what: 'the end of an inbox has fallen behind',
    check: 'inboxes are',
    harm: ({ db, users }) => db.updateTable('inbox_head').set({ seq: 1 }).where('user_id', '=', users[1]).execute(),
  },
  {
    what: 'a video has lost its file',
    check: 'videos',
    harm: async ({ db, world, video }) => {
      const row = await db.selectFrom('video').select('file_key').where('id', '=', video).executeTakeFirstOrThrow()
      await world.storage.move(row['file_key'], 'incoming/aside')
    },
    undo: async ({ db, world, video }) => {
      const row = await db.selectFrom('video').select('file_key').where('id', '=', video).executeTakeFirstOrThrow()
      await world.storage.move('incoming/aside', row['file_key'])
    },
  },
  {
    what: 'a file belongs to no video',
    check: 'files',
    harm: async ({ world }) => {
      const name = `1-${'a'.repeat(32)}.${Date.now().toString(36)}-${'b'.repeat(16)}`
      for (const key of [`video/${name}.mp4`, `cover/${name}.jpg`])
        await world.storage.write(key, someBytes(), { maxBytes: 100 })
    },
  },
  {
    what: 'a file was put there by somebody else',
    check: 'files',
    harm: ({ world }) => world.storage.write('video/holiday.avi', someBytes(), { maxBytes: 100 }),
    undo: ({ world }) => world.storage.delete('video/holiday.avi'),
  },
  {
    what: 'a profile is another in the cache',
    check: 'the cache',
    harm: async ({ db, users, world }) => {
      if (world.cache) await new CachedUsers(new UserStore(db), world.cache).byId(users)
      await db.updateTable('user').set({ signature: 'new' }).where('id', '=', users[0]).execute()
    },
  },
]

async function swapFirstTwo({ db, users }: Town): Promise<void> {
  for (const [from, to] of [
    [1, 50],
    [2, 1],
    [50, 2],
  ])
    await db.updateTable('inbox').set({ seq: to }).where('user_id', '=', users[1]).where('seq', '=', from).execute()
}

async function* someBytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('bytes')
}
