import { dialogues } from './dialogues.ts'
import { below, draw, generator, type Random, shuffled } from './random.ts'
import { comments, names, signatures, titles } from './texts.ts'
import type { WorldSize } from './world-size.ts'

/** Users and videos are named by their place in `users` and `videos`. */
export interface World {
  readonly users: readonly { readonly name: string; readonly signature: string }[]
  /** In the order of publishing; no title twice. */
  readonly videos: readonly PlannedVideo[]
  readonly likes: readonly { readonly user: number; readonly video: number }[]
  readonly follows: readonly Follow[]
  readonly comments: readonly PlannedComment[]
  /** One for each two friends who talk. */
  readonly chats: readonly (readonly PlannedMessage[])[]
}

export interface PlannedVideo {
  readonly author: number
  readonly title: string
  /** Which of the films is shown; several videos may show the same. */
  readonly clip: number
}

export interface Follow {
  readonly from: number
  readonly to: number
}

export interface PlannedComment {
  readonly author: number
  readonly video: number
  readonly text: string
  /** Counts this author's comments under this video. */
  readonly ordinal: number
}

export interface PlannedMessage {
  readonly from: number
  readonly to: number
  readonly content: string
  /** Counts the lines of the chat. */
  readonly ordinal: number
}

/** The first users of every world: whoever tries it out logs in as one of them. */
export const demoNames = ['demo', 'momo'] as const

/** Encoding is the dearest part of a video, so there are only so many different films. */
const mostClips = 40

/** Who is there and does what: the same size and seed give the same world. */
export function planWorld(size: WorldSize, seed: number): World {
  // A stream for each kind: how many there are of one says nothing about what comes in another.
  const stream = (kind: number) => generator(seed * 8 + kind)
  const fame = shuffled([...Array(size.videos).keys()], stream(0)) // the best known video first
  const friends: Follow[] = []
  const follows = planFollows(size, stream(3), friends)
  return {
    users: planUsers(size, stream(1)),
    videos: planVideos(size, stream(2)),
    follows,
    likes: planLikes(size, fame, stream(4)),
    comments: planComments(size, fame, stream(5)),
    chats: planChats(size, friends, stream(6)),
  }
}

/** The item at a place of a list that goes on for ever by numbering its rounds from 2. */
function numbered(items: readonly string[], place: number, round: (n: number) => string): string {
  const n = Math.floor(place / items.length)
  return `${items[place % items.length]}${n > 0 ? round(n + 1) : ''}`
}

function planUsers({ users }: WorldSize, random: Random): World['users'] {
  const [named, said] = [shuffled(names, random), shuffled(signatures, random)]
  return Array.from({ length: users }, (_, user) => ({
    name: demoNames[user] ?? numbered(named, user - demoNames.length, String),
    signature: said[user % said.length] ?? '',
  }))
}

function planVideos({ users, videos }: WorldSize, random: Random): PlannedVideo[] {
  const titled = shuffled(titles, random)
  return Array.from({ length: videos }, (_, video) => ({
    // The first of each demo account, then the more the earlier a user is listed.
    author: video < Math.min(users, demoNames.length) ? video : Math.floor(users * random() ** 1.5),
    title: numbered(titled, video, (n) => ` (${n})`),
    clip: video % mostClips,
  }))
}

function planLikes({ users, videos, likes }: WorldSize, fame: readonly number[], random: Random): World['likes'] {
  return draw(users * videos, likes, (pair) => 1 / (Math.floor(pair / users) + 3), random).map((pair) => ({
    user: pair % users,
    video: fame[Math.floor(pair / users)] ?? 0,
  }))
}

/** About half of all follows are returned. @param friends is filled with one of the two follows of each friendship */
function planFollows({ users, follows }: WorldSize, random: Random, friends: Follow[]): Follow[] {
  const pair = (n: number): Follow => ({ from: Math.floor(n / users), to: n % users })
  const number = ({ from, to }: Follow) => from * users + to
  const known = (user: number) => 1 / (user + 3)
  const befriending = (n: number) => {
    const { from, to } = pair(n)
    if (from >= to) return 0
    return to < demoNames.length ? Number.POSITIVE_INFINITY : known(from) * known(to)
  }
  const friendships = follows < 2 ? 0 : Math.ceil(follows / 4)
  friends.push(...draw(users ** 2, friendships, befriending, random).map(pair))
  const mutual = friends.flatMap(({ from, to }) => [
    { from, to },
    { from: to, to: from },
  ])
  const taken = new Set(mutual.map(number))
  const following = (n: number) => (pair(n).from === pair(n).to || taken.has(n) ? 0 : known(pair(n).to))
  return [...mutual, ...draw(users ** 2, follows - mutual.length, following, random).map(pair)]
}

function planComments(size: WorldSize, fame: readonly number[], random: Random): PlannedComment[] {
  const texts = fame.map(() => shuffled(comments, random))
  const under = fame.map(() => [] as number[])
  return Array.from({ length: size.comments }, () => {
    const video = fame[Math.floor(fame.length * random() ** 2)] ?? 0
    const author = below(random, size.users)
    const authors = under[video] ?? []
    const text = texts[video]?.[authors.length % comments.length] ?? ''
    const ordinal = authors.filter((each) => each === author).length
    authors.push(author)
    return { author, video, text, ordinal }
  })
}

function planChats({ messages }: WorldSize, friends: readonly Follow[], random: Random): PlannedMessage[][] {
  const said = shuffled(dialogues, random)
  const chats = friends.map(() => [] as PlannedMessage[])
  let left = messages
  for (let round = 0; left > 0; round++)
    for (const [n, { from, to }] of friends.entries()) {
      const chat = chats[n] ?? []
      // One further in each round, or friends as many as dialogues would repeat themselves.
      const lines = said[(round * friends.length + n + round) % said.length] ?? []
      const starts = below(random, 2)
      for (const [speaker, content] of lines.slice(0, left)) {
        const [sender, recipient] = speaker === starts ? [to, from] : [from, to]
        chat.push({ from: sender, to: recipient, content, ordinal: chat.length })
      }
      left -= Math.min(left, lines.length)
    }
  return chats.filter((chat) => chat.length > 0)
}
