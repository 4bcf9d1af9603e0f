import { VideoEncoder, type VideoEncoderConfig, VideoFrame } from '@napi-rs/webcodecs'
import {
  BufferTarget,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  type OutputFormat,
  type Rotation,
  type VideoCodec,
} from 'mediabunny'

export interface Sample {
  readonly kind: VideoCodec
  /** Asked of the encoder, such as `vp09.00.10.08`. */
  readonly codec: string
  readonly format: OutputFormat
  readonly width?: number
  readonly height?: number
  readonly frames?: number
  readonly rotation?: Rotation
  /** Brightness from 0 to 255 of a pixel; bands from top to bottom when it is left out. */
  readonly brightness?: (x: number, y: number, frame: number) => number
}

const frameRate = 15

/** A real video of one grey picture after the other. */
export async function encodeSample(sample: Sample): Promise<Uint8Array> {
  const { kind, codec, format, width = 96, height = 64, frames = 30, rotation = 0 } = sample
  const brightness = sample.brightness ?? ((_x, y, frame) => 40 + ((y * 3 + frame * 2) % 160))
  const target = new BufferTarget()
  const output = new Output({ format, target })
  const source = new EncodedVideoPacketSource(kind)
  output.addVideoTrack(source, { frameRate, rotation })
  await output.start()
  const written: Promise<void>[] = []
  const failures: Error[] = []
  const encoder = new VideoEncoder({
    error: (error) => failures.push(error),
    output: (chunk, meta) => {
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      const packet = new EncodedPacket(data, chunk.type, chunk.timestamp / 1e6, 1 / frameRate)
      written.push(source.add(packet, meta as Parameters<typeof source.add>[1])) // the same W3C dictionary, declared by two packages
    },
  })
  const layout: Partial<VideoEncoderConfig> =
    kind === 'avc' ? { avc: { format: 'avc' } } : kind === 'hevc' ? { hevc: { format: 'hevc' } } : {}
  encoder.configure({ codec, width, height, bitrate: 400_000, framerate: frameRate, ...layout })
  const pixels = new Uint8Array(width * height * 1.5).fill(128)
  for (let i = 0; i < frames; i++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels[y * width + x] = brightness(x, y, i)
    const timestamp = Math.round((i * 1e6) / frameRate)
    const frame = new VideoFrame(pixels, { format: 'I420', codedWidth: width, codedHeight: height, timestamp })
    encoder.encode(frame, { keyFrame: i % frameRate === 0 })
    frame.close()
  }
  await encoder.flush()
  encoder.close()
  if (failures.length > 0) throw new AggregateError(failures)
  await Promise.all(written)
  await output.finalize()
  if (!target.buffer) throw new Error('the muxer gave no file')
  return new Uint8Array(target.buffer)
}
