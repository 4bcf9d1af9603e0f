import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkElements } from './ebml.ts'
import { FileWindow } from './file-window.ts'
import { checkBoxes } from './isobmff.ts'
import { Refusal } from './verdict.ts'

const box = (type: string, ...content: Buffer[]) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...content])
  return Buffer.concat([uint32(body.length + 4), body])
}
const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4)
  return bytes
}
const filled = (length: number) => Buffer.alloc(length, 1)

function on<T>(bytes: Buffer, check: (file: FileWindow) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'boxes-'))
  try {
    writeFileSync(join(folder, 'file'), bytes)
    using file = new FileWindow(join(folder, 'file'))
    return check(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const refuses = (bytes: Buffer, message: RegExp) =>
  assert.throws(
    () => on(bytes, checkBoxes),
    (error) => error instanceof Refusal && message.test(error.message),
  )
const ftyp = box('ftyp', filled(8))

describe('the boxes of an MP4', () => {
  it('may be wide, open-ended at the end of the file, and followed by a trailer that is no box', () => {
    const wide = Buffer.concat([uint32(1), Buffer.from('mdat'), uint32(0, 20), filled(4)])
    assert.equal(on(Buffer.concat([ftyp, wide, box('moov')]), checkBoxes), undefined)
    assert.equal(on(Buffer.concat([ftyp, uint32(0), Buffer.from('mdat'), filled(50)]), checkBoxes), undefined)
    assert.equal(on(Buffer.concat([ftyp, box('moov'), Buffer.from('trailing rubbish')]), checkBoxes), undefined)
  })

  it('are refused when one ends beyond the file or is smaller than its header', () => {
    refuses(Buffer.concat([ftyp, box('mdat', filled(50)).subarray(0, 57)]), /cut short inside its mdat/)
    refuses(Buffer.concat([ftyp, uint32(1), Buffer.from('mdat'), uint32(0xffffffff, 0xffffffff)]), /cut short/)
    refuses(Buffer.concat([ftyp, uint32(7), Buffer.from('mdat')]), /smaller than its own header/)
    refuses(Buffer.concat([ftyp, filled(5)]), /cut short inside the header/)
  })

  it('are refused when the segment index announces more than there is', () => {
    const sidx = (size: number) => box('sidx', uint32(0, 1, 1000, 0, 0, 1, size, 1000, 0))
    assert.equal(on(Buffer.concat([ftyp, sidx(58), box('mdat', filled(50))]), checkBoxes), undefined)
    refuses(Buffer.concat([ftyp, sidx(59), box('mdat', filled(50))]), /segment index/)
    refuses(Buffer.concat([ftyp, box('sidx', uint32(0, 1, 1000, 0, 0, 0xffff))]), /cut short/)
  })

  it('tell the duration of a fragmented film', () => {
    const mvhd = box('mvhd', uint32(0, 0, 0, 600, 0))
    const moov = box('moov', mvhd, box('mvex', box('mehd', uint32(0, 1500))))
    assert.equal(on(Buffer.concat([ftyp, moov]), checkBoxes), 2.5)
  })

  it('are walked to an end whatever the bytes are', () => {
    const piece = fc.constantFrom(
      'moov',
      'mvex',
      'mvhd',
      'mehd',
      'sidx',
      'mdat',
      '\0\0\0\0',
      '\0\0\0\x01',
      '\0\0\0\x20',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1')
        for (const check of [checkBoxes, checkElements])
          try {
            on(bytes, check)
          } catch (error) {
            assert.ok(error instanceof Refusal)
          }
      }),
      { numRuns: 300 },
    )
  })
})
