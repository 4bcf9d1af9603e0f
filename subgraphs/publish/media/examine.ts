import {
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputTrack,
  type InputVideoTrack,
  MP4,
  QTFF,
  WEBM,
} from 'mediabunny'
import { makeCover } from './cover.ts'
import { checkElements } from './ebml.ts'
import { FileWindow } from './file-window.ts'
import { checkBoxes } from './isobmff.ts'
import { checkLastKeyFrame, mostPixels } from './picture.ts'
import { mostSamples } from './sample-tables.ts'
import { type Accepted, Refusal, type VideoFacts } from './verdict.ts'

const formats = new Map<unknown, Pick<VideoFacts, 'mime' | 'extension'>>([
  [MP4, { mime: 'video/mp4', extension: 'mp4' }],
  [QTFF, { mime: 'video/quicktime', extension: 'mov' }],
  [WEBM, { mime: 'video/webm', extension: 'webm' }],
])
const codecs = new Set(['avc', 'hevc', 'vp8', 'vp9', 'av1'])
const longestEdge = 8192
/** A shorter file cannot hold a box and makes the reader stumble. */
const shortestFile = 32
const longestSeconds = 12 * 60 * 60

/**
 * Reads the whole file: container, tables, every packet of every track, and two frames.
 *
 * @throws Refusal when it is not a whole and playable video; any other error means the same, found less politely
 */
export async function examine(path: string): Promise<Accepted> {
  using file = new FileWindow(path)
  if (file.size === 0) throw new Refusal('is empty')
  using input = new Input({ formats: [MP4, QTFF, WEBM], source: new FilePathSource(path) })
  const format = file.size >= shortestFile && (await input.canRead()) ? formats.get(await input.getFormat()) : undefined
  if (!format) throw new Refusal('is not an MP4, QuickTime or WebM file')
  const announced = format.extension === 'webm' ? await webmDuration(file, input) : checkBoxes(file)
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new Refusal('has no video track')
  const { width, height } = await checkSize(track)
  for (const each of await input.getTracks()) await checkPackets(each)
  const seconds = await checkDuration(input, announced)
  await checkLastKeyFrame(track)
  const cover = await makeCover(track, width, height)
  return { ...format, width, height, durationMs: Math.round(seconds * 1000), cover: cover.toString('base64') }
}

async function checkSize(track: InputVideoTrack): Promise<{ width: number; height: number }> {
  const codec = await track.getCodec()
  if (!codec || !codecs.has(codec)) throw new Refusal('has video in a format other than H.264, HEVC, VP8, VP9 or AV1')
  const [coded, shown] = [
    { width: await track.getCodedWidth(), height: await track.getCodedHeight() },
    { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() },
  ]
  for (const { width, height } of [coded, shown])
    if (!(width >= 1 && height >= 1 && width <= longestEdge && height <= longestEdge && width * height <= mostPixels))
      throw new Refusal(`has pictures of ${width}×${height} pixels, where at most 4096×4096 are possible`)
  return { width: Math.round(shown.width), height: Math.round(shown.height) }
}

/** Reading ends without an error at the first packet that is not there, so the packets are counted twice. */
async function checkPackets(track: InputTrack): Promise<void> {
  const sink = new EncodedPacketSink(track)
  let listed = 0
  for await (const _ of sink.packets(undefined, undefined, { metadataOnly: true }))
    if (++listed > mostSamples) throw new Refusal(`has more than ${mostSamples} packets`)
  let present = 0
  for await (const packet of sink.packets()) if (packet.data.byteLength === packet.byteLength) present++
  if (present !== listed) throw new Refusal(`is cut short: ${listed - present} of ${listed} packets are missing`)
}

async function checkDuration(input: Input, announced: number | undefined): Promise<number> {
  const seconds = await input.computeDuration()
  if (!(seconds > 0 && seconds <= longestSeconds)) throw new Refusal('has no duration between 0 and 12 hours')
  // The last frame of a track is often counted in one of the two only.
  if (announced !== undefined && announced > seconds + Math.max(1, seconds * 0.05))
    throw new Refusal(`is cut short: ${announced.toFixed(1)} s announced, ${seconds.toFixed(1)} s present`)
  return seconds
}

async function webmDuration(file: FileWindow, input: Input): Promise<number | undefined> {
  checkElements(file)
  return (await input.getDurationFromMetadata()) ?? undefined
}
