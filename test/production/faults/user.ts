import type { PatientClient } from './client.ts'
import { keyOf, type Ledger } from './ledger.ts'

export interface Surroundings {
  readonly ledger: Ledger
  readonly random: () => number
  readonly users: readonly number[]
  readonly videos: readonly number[]
  readonly running: () => boolean
}

interface Mutation {
  readonly role: string
  readonly text: string
}

const onVideo = (field: string): Mutation => ({
  role: 'favorite',
  text: `mutation ($to: ID!) { ${field}(input: { videoId: $to }) { video { id } } }`,
})
const onUser = (field: string): Mutation => ({
  role: 'relation',
  text: `mutation ($to: ID!) { ${field}(input: { userId: $to }) { user { id } } }`,
})
const [like, unlike] = [onVideo('favoriteVideo'), onVideo('unfavoriteVideo')]
const [follow, unfollow] = [onUser('followUser'), onUser('unfollowUser')]
const comment = {
  role: 'comment',
  text: `mutation ($to: ID!, $text: String!, $clientId: String) {
    postComment(input: { videoId: $to, text: $text, clientId: $clientId }) { comment { id } } }`,
}
const message = {
  role: 'message',
  text: `mutation ($to: ID!, $text: String!, $clientId: String) {
    sendMessage(input: { to: $to, content: $text, clientId: $clientId }) { message { id } } }`,
}

/** Likes, follows, comments, chats and scrolls, one after the other and at random, and keeps a ledger of it. */
export async function use(client: PatientClient, around: Surroundings): Promise<void> {
  const { ledger, random, users, videos, running } = around
  const others = users.filter((id) => id !== client.id)
  const any = (list: readonly number[]): number => list[Math.floor(random() * list.length)] ?? 0
  const set = async (to: number, states: Map<string, boolean>, on: Mutation, off: Mutation) => {
    const key = keyOf({ from: client.id, to })
    const wanted = !(states.get(key) ?? false)
    const { role, text } = wanted ? on : off
    await client.write(role, text, { to: String(to) })
    states.set(key, wanted)
  }
  const send = async (to: number, sent: Ledger['comments'], { role, text: document }: Mutation, text: string) => {
    await client.write(role, document, { to: String(to), text, clientId: text })
    sent.push({ from: client.id, to, text })
  }
  for (let n = 0; running(); n++) {
    const choice = random()
    const text = `${client.id}-${n}`
    if (choice < 0.25) await set(any(videos), ledger.likes, like, unlike)
    else if (choice < 0.4) await set(any(others), ledger.follows, follow, unfollow)
    else if (choice < 0.6) await send(any(videos), ledger.comments, comment, text)
    else if (choice < 0.85) await send(any(others), ledger.messages, message, text)
    else await client.readFeed()
  }
}
