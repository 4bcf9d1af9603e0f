import type { FileWindow } from './file-window.ts'
import { Refusal } from './verdict.ts'

/** Boxes that a writer puts at the top of a file; a foreign type there is a trailer that players skip. */
const topLevel = new Set(
  'ftyp styp moov moof mdat mfra sidx ssix emsg free skip wide meta uuid udta pdin prft pnot'.split(' '),
)
const mostBoxes = 500_000

interface Box {
  readonly type: string
  readonly start: number
  readonly content: number
  /** Where the box says that it ends, which may be beyond the file. */
  readonly end: number
}

/**
 * Refuses an MP4 or QuickTime file whose boxes do not end where the file ends, or whose segment index announces more
 * than there is.
 *
 * @returns the duration in seconds announced by a fragmented file, undefined when none is
 */
export function checkBoxes(file: FileWindow): number | undefined {
  let announced: number | undefined
  for (const box of boxes(file, 0, file.size)) {
    if (!topLevel.has(box.type)) break
    if (box.end > file.size) throw new Refusal(`is cut short inside its ${box.type} box`)
    if (box.type === 'moov') announced = fragmentsDuration(file, box)
    if (box.type === 'sidx' && indexedEnd(file, box) > file.size)
      throw new Refusal('ends before its segment index says')
  }
  return announced
}

function* boxes(file: FileWindow, from: number, to: number): Generator<Box> {
  let count = 0
  for (let start = from; start < to; ) {
    if (to - start < 8) throw new Refusal('is cut short inside the header of a box')
    if (++count > mostBoxes) throw new Refusal(`has more than ${mostBoxes} boxes`)
    const short = file.uint32(start)
    const type = file.latin1(start + 4, 4)
    const header = short === 1 ? 16 : 8
    const size = short === 0 ? to - start : short === 1 ? file.uint64(start + 8) : short
    if (size < header) throw new Refusal('has a box smaller than its own header')
    yield { type, start, content: start + header, end: start + size }
    start += size
  }
}

/** Not used by plain files: their sample tables are compared with the packets that can be read. */
function fragmentsDuration(file: FileWindow, moov: Box): number | undefined {
  let timescale = 0
  let duration: number | undefined
  for (const box of boxes(file, moov.content, moov.end)) {
    if (box.type === 'mvhd') timescale = file.uint32(box.content + (file.uint8(box.content) === 1 ? 20 : 12))
    if (box.type === 'mvex')
      for (const inner of boxes(file, box.content, box.end))
        if (inner.type === 'mehd')
          duration = file.uint8(inner.content) === 1 ? file.uint64(inner.content + 4) : file.uint32(inner.content + 4)
  }
  return duration !== undefined && timescale > 0 ? duration / timescale : undefined
}

function indexedEnd(file: FileWindow, sidx: Box): number {
  const wide = file.uint8(sidx.content) === 1
  const offset = wide ? file.uint64(sidx.content + 20) : file.uint32(sidx.content + 16)
  const entries = sidx.content + (wide ? 28 : 20) + 4
  const count = file.uint16(entries - 2)
  let end = sidx.end + offset
  for (let i = 0; i < count; i++) end += file.uint32(entries + i * 12) & 0x7fffffff
  return end
}
