import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BufferSource, Input, MP4 } from 'mediabunny'
import { createScene } from './demo-scene.ts'
import { encodeDemoVideo } from './demo-video.ts'

const boxTypes = (file: Uint8Array) => {
  const view = Buffer.from(file)
  const types: string[] = []
  for (let at = 0; at < view.length; at += view.readUInt32BE(at)) types.push(view.toString('latin1', at + 4, at + 8))
  return types
}

describe('demo videos', () => {
  it('are H.264 in an MP4 that plays while it loads', async () => {
    const file = await encodeDemoVideo(7)
    assert.deepEqual(boxTypes(file), ['ftyp', 'moov', 'mdat'])
    using input = new Input({ formats: [MP4], source: new BufferSource(file) })
    const track = await input.getPrimaryVideoTrack()
    assert.deepEqual(
      [await track?.getCodec(), await track?.getDisplayWidth(), await track?.getDisplayHeight()],
      ['avc', 360, 640],
    )
    assert.equal(await input.computeDuration(), 2.4)
  })

  it('take size and length from the caller', async () => {
    const file = await encodeDemoVideo(7, { width: 128, height: 96, frames: 10, frameRate: 10 })
    using input = new Input({ formats: [MP4], source: new BufferSource(file) })
    const track = await input.getPrimaryVideoTrack()
    assert.deepEqual([await track?.getDisplayWidth(), await track?.getDisplayHeight()], [128, 96])
    assert.equal(await input.computeDuration(), 1)
  })

  it('show the same for the same seed and something else for every other', () => {
    const first = (seed: number) => Buffer.from(createScene(seed, 90, 160)(0)).toString('base64')
    const pictures = new Set(Array.from({ length: 200 }, (_, seed) => first(seed)))
    assert.equal(pictures.size, 200)
    assert.equal(first(42), first(42))
  })

  it('move', () => {
    const draw = createScene(3, 90, 160)
    const moments = new Set([0, 0.25, 0.5, 0.75].map((t) => Buffer.from(draw(t)).toString('base64')))
    assert.equal(moments.size, 4)
  })
})
