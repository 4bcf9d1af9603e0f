import { type Box, innerBoxes, topBoxes } from './box.ts'
import type { FileWindow } from './file-window.ts'
import { checkTables } from './sample-tables.ts'
import { Refusal } from './verdict.ts'

/** Boxes that a writer puts at the top of a file; a foreign type there is a trailer that players skip. */
const topLevel = new Set(
  'ftyp styp moov moof mdat mfra sidx ssix emsg free skip wide meta uuid udta pdin prft pnot'.split(' '),
)

/**
 * Refuses an MP4 or QuickTime file whose boxes do not end where the file ends, whose tables declare more than they
 * hold, or whose segment index announces more than there is.
 *
 * @returns the duration in seconds announced by a fragmented file, undefined when none is
 */
export function checkBoxes(file: FileWindow): number | undefined {
  let announced: number | undefined
  for (const box of topBoxes(file)) {
    if (!topLevel.has(box.type)) break
    if (box.end > file.size) throw new Refusal(`is cut short inside its ${box.type} box`)
    if (box.type === 'moov') announced = fragmentsDuration(file, box)
    if (box.type === 'moov' || box.type === 'moof') checkTables(file, box)
    if (box.type === 'sidx' && indexedEnd(file, box) > file.size)
      throw new Refusal('ends before its segment index says')
  }
  return announced
}

/** Plain files announce nothing here: their sample tables are compared with the packets that can be read. */
function fragmentsDuration(file: FileWindow, moov: Box): number | undefined {
  let timescale = 0
  let duration: number | undefined
  for (const box of innerBoxes(file, moov)) {
    if (box.type === 'mvhd') timescale = file.uint32(box.content + (file.uint8(box.content) === 1 ? 20 : 12))
    if (box.type !== 'mvex') continue
    for (const { type, content } of innerBoxes(file, box))
      if (type === 'mehd') duration = file.uint8(content) === 1 ? file.uint64(content + 4) : file.uint32(content + 4)
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
