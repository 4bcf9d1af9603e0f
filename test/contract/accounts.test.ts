import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stack, startStack } from '../testkit/stack.ts'
import { LegacyClient } from './legacy-client.ts'

let stack: Stack
let client: LegacyClient

before(async () => {
  stack = await startStack()
  client = new LegacyClient(stack.url)
})
after(() => stack[Symbol.asyncDispose]())

const register = (username: string, password = '123456') =>
  client.post('/douyin/user/register/', { username, password })
const login = (username: string, password: string) => client.post('/douyin/user/login/', { username, password })

test('a name is given once, also to 20 at the same time', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => register('wanted', `password ${index}`)))
  const won = answers.filter(({ status_code }) => status_code === 0)
  assert.equal(won.length, 1)
  for (const { status_msg, token, user_id } of answers.filter((answer) => answer !== won[0]))
    assert.deepEqual([status_msg, token, user_id], ['用户名已存在', '', 0])
  const password = `password ${answers.indexOf(won[0] ?? {})}`
  assert.equal((await login('wanted', password))['user_id'], won[0]?.['user_id'])
})

test('a new token is good for everything at once', async () => {
  const { token, id } = await client.register('fresh')
  assert.equal((await client.get('/douyin/user/', { user_id: id }, token))['user'].id, id)
})

test('a wrong password and an unknown name are told the same', async () => {
  await client.register('somebody', 'right')
  const [wrong, unknown] = [await login('somebody', 'wrong'), await login('nobody at all', 'right')]
  assert.deepEqual(wrong, unknown)
  assert.deepEqual(wrong, { status_code: 10_003, status_msg: '用户名或密码错误', user_id: 0, token: '' })
})

test('names and passwords have 1 to 32 characters, whatever they are made of', async () => {
  for (const character of ['a', '名', '😀', '𠮷']) {
    const good = await register(character.repeat(32), character.repeat(32))
    assert.deepEqual([good['status_code'], good['token'].length > 0], [0, true], character)
    assert.equal((await login(character.repeat(32), character.repeat(32)))['user_id'], good['user_id'])
    assert.equal((await client.get('/douyin/user/', {}, good['token']))['user'].name, character.repeat(32))
    assert.equal((await register(character.repeat(33)))['status_msg'], '用户名须为 1 至 32 个可见字符')
    assert.equal((await register(`long ${character}`, character.repeat(33)))['status_msg'], '密码须为 1 至 32 个字符')
  }
  assert.equal((await register('x', 'y'))['status_code'], 0, 'one character is enough')
  assert.equal((await register('mail@example.com'))['status_code'], 0)
})

test('without a name that can be seen or a password nobody registers', async () => {
  for (const [name, password, sentence] of [
    ['', 'x', '请输入用户名'],
    ['  ', 'x', '用户名须为 1 至 32 个可见字符'],
    ['a\u202eb', 'x', '用户名须为 1 至 32 个可见字符'],
    ['someone else', '', '密码须为 1 至 32 个字符'],
  ] as const)
    assert.equal((await register(name, password))['status_msg'], sentence)
})
