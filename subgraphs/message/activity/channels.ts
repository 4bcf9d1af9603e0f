/** What is told of a user. A process that has the user's stream also says so when it is asked. */
export type News = { readonly online: boolean } | { readonly typingTo: number }

/** Where the news of a user are. */
export const newsChannel = (userId: number) => `activity:${userId}`

/** Where a user's processes are asked whether the user is online. */
export const questionChannel = (userId: number) => `presence:${userId}`

/** What came over the bus; undefined for what is no news. */
export function newsOf(payload: unknown): News | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  if ('online' in payload && typeof payload.online === 'boolean') return { online: payload.online }
  if ('typingTo' in payload && typeof payload.typingTo === 'number') return { typingTo: payload.typingTo }
  return undefined
}
