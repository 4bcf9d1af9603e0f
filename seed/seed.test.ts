import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { graphql } from '../test/testkit/graphql.ts'
import { freePort, temporaryFolder } from '../test/testkit/server-process.ts'
import { startStack } from '../test/testkit/stack.ts'
import { password } from './accounts.ts'
import { seedOptions } from './arguments.ts'
import { planWorld, type World } from './world.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** Runs the command as a person would. */
async function seed(words: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}

const planned = (words: readonly string[]): World => {
  const options = seedOptions(words)
  assert.ok(options !== 'help')
  return planWorld(options.size, options.seed)
}

const session = `mutation($name: String!, $password: String!) { login(input: { name: $name, password: $password }) {
  token
  user { id name signature workCount favoriteCount followCount followerCount friends(first: 100) { nodes { name } } }
} }`

async function logIn(url: string, name: string, secret = password) {
  return (await graphql(url, session, { variables: { name, password: secret } })).data['login']
}

/** Everything that the plan says, as the graph tells it. */
async function lookAround(url: string, world: World) {
  const people = await Promise.all(world.users.map(({ name }) => logIn(url, name)))
  const { data } = await graphql(
    url,
    '{ feed { nodes { id title favoriteCount commentCount playUrl coverUrl author { name } comments { nodes { id text } } } } }',
  )
  const chats = `query($with: ID!) { conversation(with: $with) {
    messages(first: 100) { nodes { id content sender { id } recipient { id } } } } }`
  const lines = await Promise.all(
    world.chats.map(async ([line]) => {
      const [from, to] = [people[line?.from ?? 0], people[line?.to ?? 0]]
      const answer = await graphql(url, chats, { token: from.token, variables: { with: to.user.id } })
      return answer.data['conversation'].messages.nodes
    }),
  )
  return { people: people.map(({ user }) => user), videos: data['feed'].nodes, lines }
}

describe('npm run seed', () => {
  it('makes the planned world, and making it again changes nothing', async () => {
    await using stack = await startStack()
    const words = ['--users', '6', '--videos', '4', '--url', stack.url]
    const world = planned(words)

    const first = await seed(words)
    assert.equal(first.code, 0, first.err)
    assert.match(first.out, /log in as {2}demo or momo, password demo1234/)
    assert.match(first.err, /videos .*4\/4/)
    const found = await lookAround(stack.url, world)

    for (const [user, person] of found.people.entries()) {
      const { id: _, friends, ...told } = person
      const follows = (from: number, to: number) => world.follows.some((each) => each.from === from && each.to === to)
      assert.deepEqual(told, {
        ...world.users[user],
        workCount: world.videos.filter(({ author }) => author === user).length,
        favoriteCount: world.likes.filter((like) => like.user === user).length,
        followCount: world.follows.filter(({ from }) => from === user).length,
        followerCount: world.follows.filter(({ to }) => to === user).length,
      })
      assert.deepEqual(
        friends.nodes.map((friend: { name: string }) => friend.name).sort(),
        world.users
          .filter((__, other) => follows(user, other) && follows(other, user))
          .map(({ name }) => name)
          .sort(),
      )
    }
    assert.equal(found.videos.length, 4)
    for (const [place, { author, title }] of world.videos.entries()) {
      const video = found.videos.find((each: { title: string }) => each.title === title)
      const under = world.comments.filter((comment) => comment.video === place)
      assert.equal(video.author.name, world.users[author]?.name)
      assert.equal(video.favoriteCount, world.likes.filter((like) => like.video === place).length)
      assert.equal(video.commentCount, under.length)
      assert.deepEqual(
        video.comments.nodes.map((comment: { text: string }) => comment.text).sort(),
        under.map((comment) => comment.text).sort(),
      )
      const [cover, film] = await Promise.all([
        fetch(video.coverUrl),
        fetch(video.playUrl, { headers: { range: 'bytes=4-7' } }),
      ])
      assert.deepEqual([cover.status, cover.headers.get('content-type')], [200, 'image/jpeg'])
      assert.deepEqual([film.status, await film.text()], [206, 'ftyp'])
      await cover.body?.cancel()
    }
    for (const [place, chat] of world.chats.entries())
      assert.deepEqual(
        found.lines[place].map((line: { content: string; sender: { id: string }; recipient: { id: string } }) => ({
          from: found.people.findIndex(({ id }) => id === line.sender.id),
          to: found.people.findIndex(({ id }) => id === line.recipient.id),
          content: line.content,
        })),
        chat.map(({ from, to, content }) => ({ from, to, content })),
      )

    const second = await seed(words)
    assert.equal(second.code, 0, second.err)
    assert.deepEqual(await lookAround(stack.url, world), found)
  })

  it('keeps away from accounts that others have, and from what was deleted since', async () => {
    await using stack = await startStack()
    const words = ['--users', '2', '--videos', '1', '--comments', '1', '--url', stack.url]
    const register = 'mutation { register(input: { name: "demo", password: "mine" }) { token } }'
    assert.equal((await graphql(stack.url, register)).status, 200)
    const first = await seed(words)
    assert.equal(first.code, 0, first.err)
    assert.match(first.out, /log in as {2}demo_2 or momo,/)

    const feed = '{ feed { nodes { id comments { nodes { id author { name } } } } } }'
    const [video] = (await graphql(stack.url, feed)).data['feed'].nodes
    const [comment] = video.comments.nodes
    const { token } = await logIn(stack.url, comment.author.name)
    const drop = `mutation($videoId: ID!, $commentId: ID!) {
      deleteComment(input: { videoId: $videoId, commentId: $commentId }) { commentId } }`
    const dropped = await graphql(stack.url, drop, { token, variables: { videoId: video.id, commentId: comment.id } })
    assert.equal(dropped.errors, undefined)

    const second = await seed(words)
    assert.equal(second.code, 0, second.err)
    assert.match(second.out, /log in as {2}demo_2 or momo,/)
    const after = (await graphql(stack.url, feed)).data['feed'].nodes
    assert.deepEqual(after, [{ ...video, comments: { nodes: [] } }])
    assert.equal((await logIn(stack.url, 'demo', 'mine')).user.workCount, 0)
  })

  it('serves itself where no server runs, on the data of the next one', async () => {
    const [folder, port] = [await temporaryFolder('seed'), await freePort()]
    try {
      const made = await seed(['--users', '2', '--videos', '1'], { DATA_DIR: folder, PORT: String(port) })
      assert.equal(made.code, 0, made.err)
      assert.match(made.out, new RegExp(`npm start, then open http://localhost:${port}/`))
      await using stack = await startStack({ kind: 'embedded', env: { DATA_DIR: folder } })
      const { user } = await logIn(stack.url, 'demo')
      assert.deepEqual([user.workCount, user.followCount, user.friends.nodes.length], [1, 1, 1])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('tells in one line what is wrong', async () => {
    const address = `http://127.0.0.1:${await freePort()}`
    for (const [words, message] of [
      [['--url', address], `no answer from ${address}: connect ECONNREFUSED ${address.slice(7)}\n`],
      [['--users', 'many'], '--users has to be a whole number, not many\n'],
    ] as const) {
      const { code, err } = await seed(words)
      assert.deepEqual([code, err], [1, message])
    }
  })
})
