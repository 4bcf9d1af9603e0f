import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type Account, type Answer, LegacyClient } from './legacy-client.ts'

let stack: Stack
let client: LegacyClient

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
})
after(() => stack[Symbol.asyncDispose]())

const say = (from: Account, to: Account, content: string) =>
  client.do('/douyin/message/action/', { to_user_id: to.id, action_type: 1, content }, from.token)

/** An open chat page: it appends whatever it gets, and asks again with the newest time that it knows. */
class ChatPage {
  readonly shown: Answer[] = []
  readonly #me: Account
  readonly #other: Account
  #newest = '0'

  constructor(me: Account, other: Account) {
    this.#me = me
    this.#other = other
  }

  async poll(): Promise<void> {
    const fields = { to_user_id: this.#other.id, pre_msg_time: this.#newest }
    const { message_list } = await client.get('/douyin/message/chat/', fields, this.#me.token)
    this.shown.push(...message_list)
    this.#newest = message_list.at(-1)?.['create_time'] ?? this.#newest
  }
}

const contents = (messages: readonly Answer[]) => messages.map(({ content }) => content)

test('an open page shows every message of the other side once, while both write at once', async () => {
  const [anna, ben] = [await client.register('anna'), await client.register('ben')]
  const page = new ChatPage(anna, ben)
  const expected: string[] = []
  for (let round = 0; round < 10; round += 1) {
    const burst = Array.from({ length: 8 }, (_, index) => `ben ${round}.${index}`)
    expected.push(...burst)
    const sending = [...burst.map((text) => say(ben, anna, text)), say(anna, ben, `anna ${round}`)]
    await Promise.all([...sending, page.poll(), page.poll.call(new ChatPage(anna, ben))])
    await page.poll()
  }
  await page.poll()
  // The very first poll asked for everything, so it may have brought something of one's own.
  const received = contents(page.shown).filter((text) => text.startsWith('ben'))
  assert.deepEqual(received.toSorted(), expected.toSorted())
  const times = page.shown.map(({ create_time }) => Number(create_time))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
    'in order',
  )
  assert.equal(new Set(page.shown.map(({ id }) => id)).size, page.shown.length)
})

test('a page that is opened again shows both sides, oldest first', async () => {
  const [carla, dan] = [await client.register('carla'), await client.register('dan')]
  const said = ['one', 'two', 'three', '四😀']
  for (const [index, text] of said.entries())
    await say(...((index % 2 === 0 ? [carla, dan] : [dan, carla]) as [Account, Account]), text)
  for (const pre of ['', '0', undefined]) {
    const fields = { to_user_id: dan.id, ...(pre === undefined ? {} : { pre_msg_time: pre }) }
    const { message_list } = await client.get('/douyin/message/chat/', fields, carla.token)
    assert.deepEqual(contents(message_list), said)
    for (const [index, { from_user_id, to_user_id, create_time }] of message_list.entries()) {
      assert.deepEqual([from_user_id, to_user_id], index % 2 === 0 ? [carla.id, dan.id] : [dan.id, carla.id])
      assert.match(create_time, /^\d{13}$/)
    }
  }
})

test('nobody else sees a chat', async () => {
  const [eve, fay, guy] = [await client.register('eve'), await client.register('fay'), await client.register('guy')]
  await say(eve, fay, 'secret')
  for (const other of [eve, fay])
    assert.deepEqual(
      (await client.get('/douyin/message/chat/', { to_user_id: other.id }, guy.token))['message_list'],
      [],
    )
})
