import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { MovOutputFormat, Mp4OutputFormat, WebMOutputFormat } from 'mediabunny'
import sharp from 'sharp'
import { codeOf } from '../../../kit/errors.ts'
import { DiskStorage } from '../../../kit/storage/disk.ts'
import { encodeSample } from '../../../test/media/encode-sample.ts'
import { type InspectOptions, inspectVideo } from './inspect-video.ts'
import { Slots } from './slots.ts'

const bear = await readFile(new URL('../../../test/media/bear.mp4', import.meta.url))
const avc = { kind: 'avc', codec: 'avc1.42E01F', format: new Mp4OutputFormat() } as const

/** Inspects `file` as an upload. */
async function inspect(file: Uint8Array, options?: InspectOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'inspect-'))
  try {
    const storage = await DiskStorage.open(folder)
    const body = (async function* () {
      yield file
    })()
    await storage.write('incoming/1', body, { maxBytes: 1e9 })
    const facts = await inspectVideo(storage, 'incoming/1', 'cover/1.jpg', options).catch(async (error: unknown) => {
      assert.equal(await storage.stat('cover/1.jpg'), undefined)
      throw error
    })
    return { facts, cover: await buffer((await storage.read('cover/1.jpg')).stream) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function colourAt(picture: Buffer, x: number, y: number): Promise<[red: number, green: number, blue: number]> {
  const spot = await sharp(picture)
    .extract({ left: x - 4, top: y - 4, width: 9, height: 9 })
    .toBuffer()
  const { channels } = await sharp(spot).stats()
  return [channels[0]?.mean ?? 0, channels[1]?.mean ?? 0, channels[2]?.mean ?? 0]
}
const brightnessAt = async (picture: Buffer, x: number, y: number) => (await colourAt(picture, x, y))[0]

describe('inspecting a video', () => {
  it('tells size and duration, and makes a JPEG of its first frame', async () => {
    const { facts, cover } = await inspect(bear)
    assert.deepEqual(facts, { durationMs: 12612, width: 320, height: 240, mime: 'video/mp4', extension: 'mp4' })
    const { format, width, height } = await sharp(cover).metadata()
    assert.deepEqual({ format, width, height }, { format: 'jpeg', width: 320, height: 240 })
    // Grass above, a brown bear on the left, a white gull on the right, grey water below.
    const [grass, fur, gull, water] = await Promise.all([
      colourAt(cover, 150, 12),
      colourAt(cover, 110, 115),
      colourAt(cover, 245, 60),
      colourAt(cover, 280, 190),
    ])
    assert.ok(grass[1] > grass[0] && grass[1] > grass[2] + 20, `grass ${grass}`)
    assert.ok(fur[0] > fur[2] + 30 && fur[0] < 160, `fur ${fur}`)
    assert.ok(Math.min(...gull) > Math.max(...water), `gull ${gull}, water ${water}`)
  })

  it('makes the same cover when it is repeated', async () => {
    const [first, second] = [await inspect(bear), await inspect(bear)]
    assert.deepEqual(first, second)
  })

  for (const { name, sample, mime, extension } of [
    {
      name: 'H.264 in MP4 with its index behind',
      sample: { ...avc, format: new Mp4OutputFormat({ fastStart: false }) },
    },
    { name: 'H.264 in fragmented MP4', sample: { ...avc, format: new Mp4OutputFormat({ fastStart: 'fragmented' }) } },
    {
      name: 'H.264 in QuickTime',
      sample: { ...avc, format: new MovOutputFormat() },
      mime: 'video/quicktime',
      extension: 'mov',
    },
    { name: 'HEVC in MP4', sample: { ...avc, kind: 'hevc', codec: 'hvc1.1.6.L93.B0' } },
    { name: 'AV1 in MP4', sample: { ...avc, kind: 'av1', codec: 'av01.0.04M.08' } },
    {
      name: 'VP9 in WebM',
      sample: { kind: 'vp9', codec: 'vp09.00.10.08', format: new WebMOutputFormat() },
      mime: 'video/webm',
      extension: 'webm',
    },
    {
      name: 'VP8 in WebM recorded live',
      sample: { kind: 'vp8', codec: 'vp8', format: new WebMOutputFormat({ appendOnly: true }) },
      mime: 'video/webm',
      extension: 'webm',
    },
  ] as const)
    it(`accepts ${name}`, async () => {
      const { facts, cover } = await inspect(await encodeSample({ ...sample, width: 128, height: 96 }))
      const expected = {
        durationMs: 2000,
        width: 128,
        height: 96,
        mime: mime ?? 'video/mp4',
        extension: extension ?? 'mp4',
      }
      assert.deepEqual(facts, expected)
      assert.ok((await brightnessAt(cover, 60, 40)) > (await brightnessAt(cover, 60, 10)) + 40)
    })

  it('turns the cover as a player turns the film', async () => {
    const brightness = (x: number) => (x < 64 ? 220 : 40)
    for (const [rotation, bright, dark] of [
      [0, [20, 48], [108, 48]],
      [90, [48, 20], [48, 108]],
      [180, [108, 48], [20, 48]],
      [270, [48, 108], [48, 20]],
    ] as const) {
      const { facts, cover } = await inspect(
        await encodeSample({ ...avc, width: 128, height: 96, brightness, rotation }),
      )
      const size = rotation % 180 === 0 ? [128, 96] : [96, 128]
      const { width, height } = await sharp(cover).metadata()
      assert.deepEqual([facts.width, facts.height, width, height], [...size, ...size])
      assert.ok(
        (await brightnessAt(cover, bright[0], bright[1])) > (await brightnessAt(cover, dark[0], dark[1])) + 100,
        `${rotation}°`,
      )
    }
  })

  it('makes the cover at most 720 pixels wide', async () => {
    const { facts, cover } = await inspect(await encodeSample({ ...avc, width: 1920, height: 1080, frames: 3 }))
    const { width, height } = await sharp(cover).metadata()
    assert.deepEqual([facts.width, facts.height, width, height], [1920, 1080, 720, 405])
  })

  it('skips the frames before there is something to see, and keeps the first when nothing ever comes', async () => {
    const fade = await encodeSample({ ...avc, brightness: (_x, y, frame) => (frame < 20 ? 16 : 20 + y * 3) })
    assert.ok((await brightnessAt((await inspect(fade)).cover, 40, 55)) > 100)
    const black = await encodeSample({ ...avc, brightness: () => 16 })
    assert.ok((await brightnessAt((await inspect(black)).cover, 40, 55)) < 20)
  })

  it('refuses at once when too many files wait, and stops when the caller leaves', async () => {
    const slots = new Slots('the inspection of videos', 1, 0)
    const busy = Promise.withResolvers<void>()
    const working = slots.run(() => busy.promise)
    await assert.rejects(inspect(bear, { slots }), (error) => codeOf(error) === 'TOO_MANY_REQUESTS')
    busy.resolve()
    await working
    const leave = new AbortController()
    const running = inspect(bear, { slots, signal: leave.signal })
    leave.abort(new RangeError('left'))
    await assert.rejects(running, RangeError)
  })

  it('answers NOT_FOUND when there is no such object', async () => {
    await assert.rejects(
      (async () => {
        const folder = await mkdtemp(join(tmpdir(), 'inspect-'))
        const storage = await DiskStorage.open(folder)
        await inspectVideo(storage, 'incoming/none', 'cover/none.jpg').finally(() => rm(folder, { recursive: true }))
      })(),
      (error) => codeOf(error) === 'NOT_FOUND',
    )
  })
})
