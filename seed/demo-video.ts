import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs'
import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny'
import { createScene } from './demo-scene.ts'

export interface DemoVideoOptions {
  /** Pixels, even. */
  readonly width?: number
  readonly height?: number
  readonly frames?: number
  readonly frameRate?: number
}

/**
 * Encodes a short H.264 MP4 with its index in front, ready to play while it loads. The same seed gives the same film.
 *
 * @param seed a whole number from 0, drawn in large digits; it also chooses colours and motion
 * @returns about 100 kB
 */
export async function encodeDemoVideo(seed: number, options: DemoVideoOptions = {}): Promise<Uint8Array> {
  const { width = 360, height = 640, frames = 36, frameRate = 15 } = options
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const source = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(source, { frameRate })
  await output.start()
  const written: Promise<void>[] = []
  let failure: Error | undefined
  const encoder = new VideoEncoder({
    error: (error) => {
      failure ??= error
    },
    output: (chunk, meta) => {
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      const packet = new EncodedPacket(data, chunk.type, chunk.timestamp / 1e6, 1 / frameRate)
      written.push(source.add(packet, meta as Parameters<typeof source.add>[1])) // the same W3C dictionary, declared by two packages
    },
  })
  encoder.configure({
    codec: 'avc1.42E01F',
    width,
    height,
    bitrate: 400_000,
    framerate: frameRate,
    avc: { format: 'avc' },
  })
  const draw = createScene(seed, width, height)
  for (let i = 0; i < frames && !failure; i++) {
    const frame = new VideoFrame(draw(i / frames), {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: Math.round((i * 1e6) / frameRate),
      duration: Math.round(1e6 / frameRate),
    })
    encoder.encode(frame, { keyFrame: i % (frameRate * 2) === 0 })
    frame.close()
  }
  await encoder.flush()
  encoder.close()
  if (failure) throw failure
  await Promise.all(written)
  await output.finalize()
  if (!target.buffer) throw new Error('the muxer gave no file')
  return new Uint8Array(target.buffer)
}
