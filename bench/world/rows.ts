import { seeded } from './random.ts'
import type { World } from './world.ts'

export type Row = readonly (number | string)[]

/** The content of one table, in the order of its primary key where that is cheap: rows then go in at the end of the tree. */
export interface TableRows {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: Iterable<Row>
}

const range = function* <Item>(count: number, item: (n: number) => Item): Generator<Item> {
  for (let n = 0; n < count; n++) yield item(n)
}

/** Every table of a world, with counters that agree with the rows that they count. */
export function* tablesOf(world: World, passwordHash: string): Generator<TableRows> {
  yield* accounts(world, passwordHash)
  yield* videos(world)
  yield* likes(world)
  yield* follows(world)
  yield* comments(world)
  yield* messages(world)
}

function* accounts(world: World, hash: string): Generator<TableRows> {
  const { users } = world.size
  const user = (n: number) => world.id('user', n)
  yield {
    table: 'user',
    columns: ['id', 'name', 'password_hash', 'session_version', 'avatar', 'background', 'signature'],
    rows: range(users, (n) => [user(n), `user ${n}`, hash, 1, '', '', `this is what number ${n} has to say`]),
  }
  yield { table: 'user_name', columns: ['name', 'user_id'], rows: range(users, (n) => [`user ${n}`, user(n)]) }
}

function* videos(world: World): Generator<TableRows> {
  const { size } = world
  yield {
    table: 'video',
    columns: ['id', 'author_id', 'title', 'file_key', 'cover_key', 'duration_ms', 'width', 'height', 'bytes'],
    rows: range(size.videos, (n) => [
      ...[world.id('video', n), world.id('user', world.authorOf(n)), `a video about ${n}`],
      ...[`video/${n}.mp4`, `cover/${n}.jpg`, 15_000, 720, 1280, 2_000_000],
    ]),
  }
  const works = new Int32Array(size.users)
  for (let n = 0; n < size.videos; n++) add(works, world.authorOf(n))
  yield {
    table: 'work_count',
    columns: ['user_id', 'count'],
    rows: counted(works, (n) => [world.id('user', n)]),
  }
}

function* likes(world: World): Generator<TableRows> {
  const { users, likesPerUser } = world.size
  const perVideo = new Int32Array(world.size.videos)
  const perAuthor = new Int32Array(users)
  const random = seeded(1)
  const rows = function* (): Generator<Row> {
    for (let user = 0, like = 0; user < users; user++) {
      const liked = new Set<number>()
      while (liked.size < likesPerUser) liked.add(world.popular(random))
      for (const video of [...liked].sort((a, b) => a - b)) {
        const author = world.authorOf(video)
        add(perVideo, video)
        add(perAuthor, author)
        yield [world.id('user', user), world.id('video', video), world.id('user', author), world.id('like', like++)]
      }
    }
  }
  yield { table: 'favorite', columns: ['user_id', 'video_id', 'author_id', 'id'], rows: rows() }
  yield {
    table: 'favorite_count_of_video',
    columns: ['video_id', 'slot', 'count'],
    rows: counted(perVideo, (n) => [world.id('video', n), 0]),
  }
  yield {
    table: 'favorite_count_of_author',
    columns: ['author_id', 'slot', 'count'],
    rows: counted(perAuthor, (n) => [world.id('user', n), 0]),
  }
  yield {
    table: 'favorite_count_of_user',
    columns: ['user_id', 'count'],
    rows: range(likesPerUser > 0 ? users : 0, (n) => [world.id('user', n), likesPerUser]),
  }
}

function* follows(world: World): Generator<TableRows> {
  const { users, followsPerUser } = world.size
  /** One for each follow, the same from both sides. */
  const idOf = (from: number, to: number) => {
    const forwards = (to - from + users) % users
    const place = forwards <= followsPerUser / 2 ? forwards - 1 : followsPerUser - (users - forwards)
    return world.id('follow', from * followsPerUser + place)
  }
  const edges = function* (id: (user: number, other: number) => number): Generator<Row> {
    for (let user = 0; user < users; user++)
      for (const other of world.followsOf(user))
        yield [world.id('user', user), world.id('user', other), id(user, other)]
  }
  const mirrored = (user: number, other: number) => idOf(other, user)
  const user = (n: number) => world.id('user', n)
  yield { table: 'following', columns: ['user_id', 'target_id', 'id'], rows: edges(idOf) }
  yield { table: 'follower', columns: ['user_id', 'follower_id', 'id'], rows: edges(mirrored) }
  yield {
    table: 'follow_count',
    columns: ['user_id', 'count'],
    rows: range(users, (n) => [user(n), followsPerUser]),
  }
  yield {
    table: 'follower_count',
    columns: ['user_id', 'slot', 'count'],
    rows: range(users, (n) => [user(n), 0, followsPerUser]),
  }
}

function* comments(world: World): Generator<TableRows> {
  const { size } = world
  const perVideo = new Int32Array(size.videos)
  const random = seeded(2)
  for (let n = 0; n < size.comments; n++) add(perVideo, world.popular(random))
  const rows = function* (): Generator<Row> {
    let comment = 0
    for (const [video, count] of perVideo.entries())
      for (let n = 0; n < count; n++, comment++)
        yield [
          ...[world.id('video', video), world.id('comment', comment)],
          ...[world.id('user', (comment * 31) % size.users), `what number ${comment} thinks of it`],
        ]
  }
  yield { table: 'comment', columns: ['video_id', 'id', 'author_id', 'text'], rows: rows() }
  yield {
    table: 'comment_count_of_video',
    columns: ['video_id', 'slot', 'count'],
    rows: counted(perVideo, (n) => [world.id('video', n), 0]),
  }
}

function* messages(world: World): Generator<TableRows> {
  const { users, messagesPerPair } = world.size
  const writers = messagesPerPair > 0 ? users : 0
  const id = (n: number) => world.id('user', n)
  // Even and odd neighbours write in turns; the even one begins.
  const each = function* (row: (user: number, peer: number, n: number, sent: boolean) => Row): Generator<Row> {
    for (let user = 0; user < users; user++)
      for (let n = 0; n < messagesPerPair; n++) yield row(user, world.neighbourOf(user), n, n % 2 === user % 2)
  }
  const received = function* (rows: Iterable<Row>): Generator<Row> {
    for (const row of rows) if (row.length > 0) yield row
  }
  const at = (n: number) => world.timeOf(n * 1_000)
  yield {
    table: 'mailbox',
    columns: ['user_id', 'peer_id', 'sent_at', 'id', 'from_me', 'content'],
    rows: each((user, peer, n, sent) => [
      ...[id(user), id(peer), at(n), world.id('message', (user >> 1) * messagesPerPair + n)],
      ...[Number(sent), `message number ${n}`],
    ]),
  }
  yield {
    table: 'conversation',
    columns: ['user_id', 'peer_id', 'last_sent_at'],
    rows: range(writers, (user) => [id(user), id(world.neighbourOf(user)), at(messagesPerPair - 1)]),
  }
  yield {
    table: 'inbox',
    columns: ['user_id', 'seq', 'peer_id', 'sent_at'],
    rows: received(each((user, peer, n, sent) => (sent ? [] : [id(user), (n >> 1) + 1, id(peer), at(n)]))),
  }
  yield {
    table: 'inbox_head',
    columns: ['user_id', 'seq', 'epoch'],
    rows: range(writers, (user) => [id(user), messagesPerPair / 2, id(user)]),
  }
}

function* counted(counts: Int32Array, key: (index: number) => Row): Generator<Row> {
  for (const [index, count] of counts.entries()) if (count > 0) yield [...key(index), count]
}

const add = (counts: Int32Array, index: number) => {
  counts[index] = (counts[index] ?? 0) + 1
}
