import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { demoNames, planWorld, type World } from './world.ts'
import { type WorldSize, worldSize } from './world-size.ts'

/** Every size that can be asked for, up to small limits: none, all that is possible, and anything between. */
const sizes: fc.Arbitrary<WorldSize> = fc
  .record({ users: fc.integer({ min: 1, max: 70 }), videos: fc.integer({ min: 0, max: 60 }) })
  .chain(({ users, videos }) =>
    fc
      .record({
        likes: fc.integer({ min: 0, max: users * videos }),
        follows: fc.integer({ min: 0, max: users * (users - 1) }),
        comments: fc.integer({ min: 0, max: videos > 0 ? 300 : 0 }),
      })
      .chain((rest) =>
        fc
          .integer({ min: 0, max: rest.follows >= 2 ? 300 : 0 })
          .map((messages) => worldSize({ users, videos, ...rest, messages })),
      ),
  )
const worlds = fc
  .record({ size: sizes, seed: fc.nat() })
  .map(({ size, seed }) => ({ size, seed, world: planWorld(size, seed) }))

const holds = (check: (world: World, size: WorldSize, seed: number) => void) =>
  fc.assert(fc.property(worlds, ({ world, size, seed }) => check(world, size, seed)))

const unique = (items: readonly unknown[]) => new Set(items.map((item) => JSON.stringify(item))).size === items.length
const isPlace = (place: number, length: number) => Number.isInteger(place) && place >= 0 && place < length

describe('the plan of a demo world', () => {
  it('has as many of each kind as asked for', () =>
    holds(({ users, videos, likes, follows, comments, chats }, size) => {
      const counts = [users, videos, likes, follows, comments, chats.flat()].map((list) => list.length)
      assert.deepEqual(counts, Object.values(size))
    }))

  it('is the same for the same seed', () =>
    holds((world, size, seed) => assert.deepEqual(planWorld(size, seed), world)))

  it('is another for another seed', () => {
    const plans = Array.from({ length: 20 }, (_, seed) => planWorld(worldSize({}), seed))
    for (const kind of ['users', 'videos', 'likes', 'follows', 'comments', 'chats'] as const)
      assert.equal(new Set(plans.map((plan) => JSON.stringify(plan[kind]))).size, 20, kind)
  })

  it('names users and videos that exist', () =>
    holds(({ users, videos, likes, follows, comments, chats }) => {
      const people = [
        ...videos.map(({ author }) => author),
        ...likes.map(({ user }) => user),
        ...comments.map(({ author }) => author),
        ...[...follows, ...chats.flat()].flatMap(({ from, to }) => [from, to]),
      ]
      assert.ok(people.every((user) => isPlace(user, users.length)))
      assert.ok([...likes, ...comments].every(({ video }) => isPlace(video, videos.length)))
    }))

  it('gives every user a name and every video a title of its own, as the server keeps them', () =>
    holds(({ users, videos }) => {
      const kept = (text: string) => text !== '' && text === text.normalize('NFC').trim()
      for (const texts of [users.map(({ name }) => name), videos.map(({ title }) => title)])
        assert.ok(unique(texts) && texts.every(kept))
      assert.ok(videos.every(({ title }) => [...title].length <= 200))
      assert.ok(users.every(({ name, signature }) => [...name].length <= 32 && [...signature].length <= 200))
      assert.deepEqual(
        users.slice(0, 2).map(({ name }) => name),
        demoNames.slice(0, users.length),
      )
    }))

  it('has every like and follow once, and nobody who follows himself', () =>
    holds(({ likes, follows }) => {
      assert.ok(unique(likes))
      assert.ok(unique(follows))
      assert.ok(follows.every(({ from, to }) => from !== to))
    }))

  it('returns half of the follows, the one between the demo accounts first', () =>
    holds(({ follows }) => {
      const known = new Set(follows.map(({ from, to }) => `${from} ${to}`))
      const returned = follows.filter(({ from, to }) => known.has(`${to} ${from}`)).length
      assert.ok(follows.length < 2 || returned >= follows.length / 2)
      assert.ok(follows.length < 2 || (known.has('0 1') && known.has('1 0')))
    }))

  it('lets friends chat, nobody else, and numbers the lines', () =>
    holds(({ follows, chats }) => {
      const known = new Set(follows.map(({ from, to }) => `${from} ${to}`))
      for (const chat of chats) {
        assert.equal(new Set(chat.map(({ from, to }) => [from, to].sort().join())).size, 1)
        assert.ok(chat.every(({ from, to }) => known.has(`${from} ${to}`) && known.has(`${to} ${from}`)))
        assert.deepEqual(
          chat.map(({ ordinal }) => ordinal),
          [...chat.keys()],
        )
      }
      const pairs = chats.map(([line]) => [line?.from, line?.to].sort())
      assert.ok(unique(pairs))
    }))

  it('tells the comments of one author under one video apart', () =>
    holds(({ comments }) => assert.ok(unique(comments.map(({ author, video, ordinal }) => [author, video, ordinal])))))

  it('only grows when more of a kind is asked for', () => {
    const size = worldSize({ users: 12, videos: 20 })
    const [small, large] = [planWorld(size, 5), planWorld({ ...size, likes: 150, comments: 200, messages: 300 }, 5)]
    assert.deepEqual(large.users, small.users)
    assert.deepEqual(large.videos, small.videos)
    assert.deepEqual(large.likes.slice(0, small.likes.length), small.likes)
    assert.deepEqual(large.comments.slice(0, small.comments.length), small.comments)
    assert.deepEqual(planWorld({ ...size, videos: 40 }, 5).videos.slice(0, 20), small.videos)
  })
})
