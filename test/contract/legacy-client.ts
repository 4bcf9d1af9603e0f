import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { routes } from '../../rest-adapter/routes.ts'

/** What an endpoint answered; a test reads what it asked for. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is checked against the table of endpoints, a test reads parts of it
export type Answer = Record<string, any>
export type Fields = Readonly<Record<string, string | number>>

export interface Account {
  readonly id: number
  readonly token: string
  readonly name: string
}

const bear = new URL('../media/bear.mp4', import.meta.url)

/** Holds an answer to what every answer has to be: HTTP 200, JSON, and each key of its endpoint in its type and no other. */
export async function answerOf(response: Response): Promise<Answer> {
  const { pathname } = new URL(response.url)
  assert.equal(response.status, 200, pathname)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/i)
  const body = (await response.json()) as Answer
  const path = `${pathname.replace(/\/+/g, '/').replace(/\/$/, '')}/`
  const shape = routes.find((route) => route.path === path)?.reply.shape
  if (shape) shape.parse(body)
  assert.ok(Number.isInteger(body['status_code']) && typeof body['status_msg'] === 'string', pathname)
  return body
}

/** The old app's way to speak: everything in the query, also on POST. */
export class LegacyClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  async get(path: string, fields: Fields = {}, token?: string): Promise<Answer> {
    return answerOf(await fetch(this.#address(path, fields, token)))
  }

  async post(path: string, fields: Fields = {}, token?: string): Promise<Answer> {
    return answerOf(await fetch(this.#address(path, fields, token), { method: 'POST' }))
  }

  /** The same, where failing is a fault of the test. */
  async do(path: string, fields: Fields, token: string): Promise<Answer> {
    const answer = await this.post(path, fields, token)
    assert.deepEqual([answer['status_code'], answer['status_msg']], [0, '成功'], `${path} ${JSON.stringify(fields)}`)
    return answer
  }

  async register(name: string, password = '123456'): Promise<Account> {
    const answer = await this.post('/douyin/user/register/', { username: name, password })
    assert.equal(answer['status_code'], 0, answer['status_msg'])
    return { id: answer['user_id'], token: answer['token'], name }
  }

  /** Sends the sample video, its file first, as the old test suite does. */
  async publish(token: string | undefined, title: string): Promise<Answer> {
    const form = new FormData()
    form.append('data', await openAsBlob(bear), 'bear.mp4')
    if (token !== undefined) form.append('token', token)
    form.append('title', title)
    return answerOf(await fetch(`${this.url}/douyin/publish/action/`, { method: 'POST', body: form }))
  }

  /** Publishes, and finds the id. */
  async video(author: Account, title: string): Promise<number> {
    const answer = await this.publish(author.token, title)
    assert.equal(answer['status_code'], 0, answer['status_msg'])
    const { video_list: list } = await this.get('/douyin/publish/list/', { user_id: author.id })
    return list.find((video: Answer) => video['title'] === title)['id']
  }

  #address(path: string, fields: Fields, token: string | undefined): string {
    const query = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]))
    if (token !== undefined) query.set('token', token)
    return `${this.url}${path}?${query}`
  }
}

/** How Go writes a floating point number: with an exponent from a million up, of two digits at least. */
export const asGoFloat = (value: number): string =>
  value < 1e21 && value < 1_000_000 ? String(value) : value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
