import { setTimeout } from 'node:timers/promises'
import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs'
import { type EncodedPacket, EncodedPacketSink, type InputVideoTrack } from 'mediabunny'
import { Refusal } from './verdict.ts'

/** RGBA, four bytes a pixel, before rotation. */
export interface Picture {
  readonly rgba: Uint8Array
  readonly width: number
  readonly height: number
}

/** Decoded frames of 4096×4096 fit into the memory that the process is given; 4K films have 3840×2160. */
export const mostPixels = 4096 * 4096
/** Films begin with a fade more often than not: this many frames are looked through for one that shows something. */
const mostFrames = 48
/** A frame of 4096×4096 is 25 MB: without a bound the decoder would run ahead of us by all of them. */
const mostQueued = 3
const samples = 4096
/** Standard deviation of the brightness, of 255; compression noise on a flat frame stays below it. */
const blankBelow = 4

/** The first frame that is not of one colour; when the film begins with many that are, one of them. */
export async function firstPicture(track: InputVideoTrack): Promise<Picture> {
  const sink = new EncodedPacketSink(track)
  const first = await sink.getFirstKeyPacket({ verifyKeyPackets: true })
  if (!first) throw new Refusal('has no key frame')
  let last: Picture | undefined
  let count = 0
  for await (const picture of decode(track, sink.packets(first))) {
    last = picture
    if (!isBlank(picture) || ++count >= mostFrames) break
  }
  if (!last) throw new Refusal('has no frame that can be decoded')
  return last
}

/** Refuses a file that was filled up with zeros, as downloaders do before the bytes have come. */
export async function checkLastKeyFrame(track: InputVideoTrack): Promise<void> {
  const packet = await new EncodedPacketSink(track).getKeyPacket(Number.POSITIVE_INFINITY, { verifyKeyPackets: true })
  if (packet) for await (const _ of decode(track, [packet])) return
  throw new Refusal('has no frame near its end that can be decoded')
}

/** Each picture is drawn over the one before, as one of 4096×4096 takes 67 MB. */
async function* decode(
  track: InputVideoTrack,
  packets: AsyncIterable<EncodedPacket> | Iterable<EncodedPacket>,
): AsyncGenerator<Picture> {
  const config = await track.getDecoderConfig()
  if (!config) throw new Refusal('has video in a format that is not known')
  const frames: VideoFrame[] = []
  const canvas: Canvas = { rgba: new Uint8Array(0) }
  let failure: Error | undefined
  const decoder = new VideoDecoder({
    output: (frame) => frames.push(frame),
    error: (error) => {
      failure ??= error
    },
  })
  try {
    decoder.configure({ ...config, hardwareAcceleration: 'prefer-software' } as Parameters<
      VideoDecoder['configure']
    >[0]) // the two packages declare the same W3C dictionary, one of them with its own enums
    for await (const { type, microsecondTimestamp: timestamp, data } of packets) {
      if (failure || decoder.state !== 'configured') break
      decoder.decode(new EncodedVideoChunk({ type, timestamp, data }))
      while (decoder.decodeQueueSize > mostQueued) await setTimeout(1)
      yield* taken(frames, canvas)
    }
    if (decoder.state === 'configured') await decoder.flush()
    yield* taken(frames, canvas)
    if (failure) throw new Refusal(`cannot be decoded: ${failure.message}`)
  } finally {
    for (const frame of frames) frame.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

interface Canvas {
  rgba: Uint8Array
}

async function* taken(frames: VideoFrame[], canvas: Canvas): AsyncGenerator<Picture> {
  for (let frame = frames.shift(); frame; frame = frames.shift()) {
    const { width, height } = frame.visibleRect
    // The stream itself may tell another size than the container, which was checked before.
    if (width * height > mostPixels) throw new Refusal(`has frames of ${width}×${height} pixels`)
    const bytes = frame.allocationSize({ format: 'RGBA' })
    if (bytes !== width * height * 4) throw new Refusal('has frames of an unknown pixel format')
    if (canvas.rgba.length !== bytes) canvas.rgba = new Uint8Array(bytes)
    await frame.copyTo(canvas.rgba, { format: 'RGBA' })
    frame.close()
    yield { rgba: canvas.rgba, width, height }
  }
}

function isBlank({ rgba }: Picture): boolean {
  const pixels = rgba.length / 4
  const step = Math.max(1, Math.floor(pixels / samples))
  let count = 0
  let sum = 0
  let squares = 0
  for (let pixel = 0; pixel < pixels; pixel += step) {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(pixel * 4, pixel * 4 + 3)
    const brightness = 0.3 * red + 0.59 * green + 0.11 * blue
    count++
    sum += brightness
    squares += brightness * brightness
  }
  return squares / count - (sum / count) ** 2 < blankBelow ** 2
}
