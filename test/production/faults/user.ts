import type { PatientClient } from './client.ts'
import { keyOf, type Ledger } from './ledger.ts'

export interface Surroundings {
  readonly ledger: Ledger
  readonly random: () => number
  readonly users: readonly number[]
  readonly videos: readonly number[]
  readonly running: () => boolean
}

const mutations = {
  like: 'mutation ($to: ID!) { favoriteVideo(input: { videoId: $to }) { video { id } } }',
  unlike: 'mutation ($to: ID!) { unfavoriteVideo(input: { videoId: $to }) { video { id } } }',
  follow: 'mutation ($to: ID!) { followUser(input: { userId: $to }) { user { id } } }',
  unfollow: 'mutation ($to: ID!) { unfollowUser(input: { userId: $to }) { user { id } } }',
  comment: `mutation ($to: ID!, $text: String!, $clientId: String) {
    postComment(input: { videoId: $to, text: $text, clientId: $clientId }) { comment { id } } }`,
  message: `mutation ($to: ID!, $text: String!, $clientId: String) {
    sendMessage(input: { to: $to, content: $text, clientId: $clientId }) { message { id } } }`,
}

/** Likes, follows, comments, chats and scrolls, one after the other and at random, and keeps a ledger of it. */
export async function use(client: PatientClient, around: Surroundings): Promise<void> {
  const { ledger, random, users, videos, running } = around
  const others = users.filter((id) => id !== client.id)
  const any = (list: readonly number[]): number => list[Math.floor(random() * list.length)] ?? 0
  const set = async (to: number, states: Map<string, boolean>, on: string, off: string) => {
    const key = keyOf({ from: client.id, to })
    const wanted = !(states.get(key) ?? false)
    await client.write(wanted ? on : off, { to: String(to) })
    states.set(key, wanted)
  }
  const send = async (to: number, sent: Ledger['comments'], mutation: string, text: string) => {
    await client.write(mutation, { to: String(to), text, clientId: text })
    sent.push({ from: client.id, to, text })
  }
  for (let n = 0; running(); n++) {
    const choice = random()
    const text = `${client.id}-${n}`
    if (choice < 0.25) await set(any(videos), ledger.likes, mutations.like, mutations.unlike)
    else if (choice < 0.4) await set(any(others), ledger.follows, mutations.follow, mutations.unfollow)
    else if (choice < 0.6) await send(any(videos), ledger.comments, mutations.comment, text)
    else if (choice < 0.85) await send(any(others), ledger.messages, mutations.message, text)
    else await client.readFeed()
  }
}
