import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import {
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  Input,
  MovOutputFormat,
  MP4,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny'
import { codeOf } from '../../../kit/errors.ts'
import { DiskStorage } from '../../../kit/storage/disk.ts'
import { encodeSample } from '../../../test/media/encode-sample.ts'
import { examine } from './examine.ts'
import { inspectVideo } from './inspect-video.ts'
import { Refusal } from './verdict.ts'

const bear = await readFile(new URL('../../../test/media/bear.mp4', import.meta.url))
const avc = { kind: 'avc', codec: 'avc1.42E01F' } as const
const whole = {
  'MP4 with its index in front': await encodeSample({
    ...avc,
    format: new Mp4OutputFormat({ fastStart: 'in-memory' }),
  }),
  'MP4 with its index behind': await encodeSample({ ...avc, format: new Mp4OutputFormat({ fastStart: false }) }),
  QuickTime: await encodeSample({ ...avc, format: new MovOutputFormat() }),
  WebM: await encodeSample({ kind: 'vp9', codec: 'vp09.00.10.08', format: new WebMOutputFormat() }),
}

/** A copy in which the bytes after the first `type` of the index are replaced. */
function patched(file: Uint8Array, type: string, offset: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(file)
  const at = copy.indexOf(type, copy.indexOf('moov'), 'latin1')
  assert.ok(at > 0, type)
  copy.set(bytes, at + 4 + offset)
  return copy
}

async function soundOnly(): Promise<Uint8Array> {
  using input = new Input({ formats: [MP4], source: new BufferSource(bear) })
  const track = await input.getPrimaryAudioTrack()
  const decoderConfig = await track?.getDecoderConfig()
  assert.ok(track && decoderConfig)
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat(), target })
  const source = new EncodedAudioPacketSource('aac')
  output.addAudioTrack(source)
  await output.start()
  for await (const packet of new EncodedPacketSink(track).packets()) await source.add(packet, { decoderConfig })
  await output.finalize()
  assert.ok(target.buffer)
  return new Uint8Array(target.buffer)
}

describe('hostile and broken files', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostile-'))
  })
  after(() => rm(folder, { recursive: true }))

  const refused = async (file: Uint8Array, message: RegExp) => {
    const storage = await DiskStorage.open(folder)
    const body = (async function* () {
      yield file
    })()
    await storage.write('incoming/1', body, { maxBytes: 1e9 })
    await assert.rejects(inspectVideo(storage, 'incoming/1', 'cover/1.jpg'), (error) => {
      assert.ok(error instanceof Error)
      assert.equal(codeOf(error), 'UNSUPPORTED_MEDIA', error.message)
      assert.match(error.message, message)
      return true
    })
    assert.equal(await storage.stat('cover/1.jpg'), undefined)
  }

  it('are refused when they are no video at all', async () => {
    await refused(new Uint8Array(0), /is empty/)
    await refused(randomBytes(100_000), /is not an MP4, QuickTime or WebM file/)
    await refused(Buffer.from('Dear server, please play me. '.repeat(100)), /is not an MP4/)
    await refused(Buffer.alloc(100_000), /is not an MP4/)
    await refused(await soundOnly(), /has no video track/)
  })

  it('are refused when the sample tables or boxes declare what cannot be', async () => {
    const mp4 = whole['MP4 with its index in front']
    const many = [255, 255, 255, 255]
    await refused(patched(mp4, 'stsz', 8, ...many), /the file /)
    await refused(patched(mp4, 'stsz', 4, ...many), /the file /)
    await refused(patched(mp4, 'stsz', 12, ...many), /cut short/)
    await refused(patched(mp4, 'stco', 8, ...many), /cut short/)
    await refused(patched(mp4, 'stts', 8, ...many), /the file /)
    await refused(patched(mp4, 'moov', -8, 0x7f, 255, 255, 255), /cut short inside its moov/)
    await refused(patched(mp4, 'mdat', -8, 0, 0, 0, 1), /the file /)
    const hevc = await encodeSample({ kind: 'hevc', codec: 'hvc1.1.6.L93.B0', format: new Mp4OutputFormat() })
    await refused(patched(hevc, 'hvc1', 24, ...many), /65535×65535/)
  })

  it('are refused when the pictures themselves are rubbish', async () => {
    const mp4 = whole['MP4 with its index in front']
    const rubbish = Buffer.from(mp4)
    const start = rubbish.indexOf('mdat') + 4
    randomBytes(rubbish.length - start).copy(rubbish, start)
    await refused(rubbish, /the file /)
    const zeros = Buffer.from(mp4).fill(0, start + (mp4.length - start) / 4)
    await refused(zeros, /decoded/)
  })

  for (const [name, file] of Object.entries(whole))
    it(`are refused wherever they are cut: ${name}`, async () => {
      const path = join(folder, 'cut')
      await writeFile(path, file)
      assert.equal((await examine(path)).durationMs, 2000)
      await fc.assert(
        fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
          await writeFile(path, file.subarray(0, length))
          await assert.rejects(examine(path), Refusal)
        }),
        { numRuns: 60, examples: [[file.length - 1], [0], [8]] },
      )
    })

  it('are refused when a real film lost its last bytes', async () => {
    await refused(bear.subarray(0, bear.length - 1), /cut short/)
    await refused(bear.subarray(0, 20_000), /cut short/)
  })

  it('never break the server, whichever bytes of the index are changed', async () => {
    const storage = await DiskStorage.open(folder)
    const mp4 = whole['MP4 with its index in front']
    const index = Buffer.from(mp4).indexOf('mdat')
    const change = fc.array(fc.tuple(fc.integer({ min: 8, max: index }), fc.nat(255)), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const file = Buffer.from(mp4)
        for (const [at, value] of changes) file[at] = value
        const body = (async function* () {
          yield file
        })()
        await storage.write('incoming/2', body, { maxBytes: 1e9 })
        const outcome = await inspectVideo(storage, 'incoming/2', 'cover/2.jpg', { timeoutMs: 5_000 }).then(
          () => 'accepted',
          codeOf,
        )
        assert.ok(outcome === 'accepted' || outcome === 'UNSUPPORTED_MEDIA' || outcome === 'TIMEOUT', String(outcome))
      }),
      { numRuns: 15 },
    )
  })
})
