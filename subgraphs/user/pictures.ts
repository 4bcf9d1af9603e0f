import { fileURLToPath } from 'node:url'

/** Where the default pictures lie; to be served under {@link picturesPath}. */
export const picturesFolder = fileURLToPath(new URL('pictures', import.meta.url))
export const picturesPath = '/media/default/'

const avatars = 8
const backgrounds = 4

/** @param origin `http(s)://host[:port]` under which the client reaches us */
export const defaultAvatar = (origin: string, userId: number) =>
  `${origin}${picturesPath}avatar-${pick(userId, avatars)}.png`

/** @param origin `http(s)://host[:port]` under which the client reaches us */
export const defaultBackground = (origin: string, userId: number) =>
  `${origin}${picturesPath}background-${pick(userId, backgrounds)}.jpg`

/** From 1 to `count`. By a hash, because the low bits of most ids are the same. */
function pick(userId: number, count: number): number {
  const folded = (userId % 2 ** 32) ^ (userId / 2 ** 32)
  const hash = Math.imul(folded ^ (folded >>> 15), 0x9e3779b1) >>> 0
  return 1 + Math.floor((hash / 2 ** 32) * count)
}
