import type { InputVideoTrack } from 'mediabunny'
import sharp, { type Sharp } from 'sharp'
import { firstPicture } from './picture.ts'

export const widestCover = 720

/** One thread and no cache: the process makes one picture and ends. */
sharp.concurrency(1)
sharp.cache(false)

/**
 * The first frame that shows something, turned, mirrored and stretched as a player would show it.
 *
 * @param displayWidth after rotation, in pixels, as is `displayHeight`
 * @returns a JPEG of at most {@link widestCover} pixels in width
 */
export async function makeCover(track: InputVideoTrack, displayWidth: number, displayHeight: number): Promise<Buffer> {
  const { rgba, width, height } = await firstPicture(track)
  const rotation = await track.getRotation()
  const scale = Math.min(1, widestCover / displayWidth)
  const shown = [displayWidth, displayHeight].map((length) => Math.max(1, Math.round(length * scale)))
  const [across, down] = rotation % 180 === 0 ? shown : shown.reverse()
  let picture = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha()
  // Each step is finished before the next: in one pipeline, sharp chooses the order of its own.
  picture = await finished(picture.resize({ width: across ?? 1, height: down ?? 1, fit: 'fill' }))
  if (rotation !== 0) picture = await finished(picture.rotate(rotation))
  if (await track.getFlip()) picture = picture.flop()
  return picture.jpeg({ quality: 80 }).toBuffer()
}

async function finished(picture: Sharp): Promise<Sharp> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
}
