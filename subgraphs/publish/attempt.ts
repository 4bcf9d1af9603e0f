/**
 * One attempt to publish an upload. The sender may replace `incoming/<upload>` as long as the ticket is valid, also while
 * the file is being checked. So an attempt begins by moving it to a name that no ticket gives access to:
 *
 *     incoming/<upload>                what the sender sent
 *     incoming/<upload>.<attempt>      being checked; `<attempt>` is a time and random bits
 *     incoming/<upload>.<attempt>.mp4  empty: says that the file is, or is about to be, in its final place
 *     video/<upload>.<attempt>.mp4     final
 *     cover/<upload>.<attempt>.jpg     final
 *
 * Whatever an attempt leaves behind when its process dies is therefore found under `incoming/`.
 */
export interface Attempt {
  readonly uploadId: string
  /** `<upload>.<attempt>` */
  readonly name: string
  /** When the attempt began, in milliseconds since 1970. */
  readonly startedAt: number
  /** Of the video, once it is known and the file is on the way to its final place. */
  readonly extension: string | undefined
}

/** After this long an attempt may not publish any more, in milliseconds. */
export const attemptLife = 30 * 60_000
/** After this long its files are removed; the difference to {@link attemptLife} is for clocks that disagree. */
export const attemptKept = 2 * attemptLife

export const incoming = 'incoming/'
const pattern =
  /^incoming\/(([1-9a-z][0-9a-z]{0,10}-[0-9a-f]{32})\.([0-9a-z]{1,9})-[0-9a-f]{16})(?:\.([0-9a-z]{1,5}))?$/

export const newAttempt = (uploadId: string, now: number, random: Uint8Array): Attempt => ({
  uploadId,
  name: `${uploadId}.${now.toString(36)}-${Buffer.from(random).toString('hex')}`,
  startedAt: now,
  extension: undefined,
})

/** Undefined for the key of anything else. */
export function parseAttempt(key: string): Attempt | undefined {
  const [, name, uploadId, time, extension] = pattern.exec(key) ?? []
  if (!name || !uploadId || !time) return undefined
  return { uploadId, name, startedAt: Number.parseInt(time, 36), extension }
}

const finalPattern =
  /^(?:video|cover)\/([1-9a-z][0-9a-z]{0,10}-[0-9a-f]{32})\.([0-9a-z]{1,9})-[0-9a-f]{16}\.[0-9a-z]{1,5}$/

/** Whose a file or cover in its final place is. Undefined for the key of anything else. */
export function parseFinal(key: string): Pick<Attempt, 'uploadId' | 'startedAt'> | undefined {
  const [, uploadId, time] = finalPattern.exec(key) ?? []
  return uploadId && time ? { uploadId, startedAt: Number.parseInt(time, 36) } : undefined
}

/** The object that says that the attempt exists: the file itself, or the empty marker. */
export const attemptKey = ({ name, extension }: Attempt): string =>
  extension === undefined ? incoming + name : `${incoming}${name}.${extension}`

/** Where the file is. */
export const fileKey = ({ name, extension }: Attempt): string =>
  extension === undefined ? incoming + name : `video/${name}.${extension}`

export const coverKey = ({ name }: Attempt): string => `cover/${name}.jpg`
