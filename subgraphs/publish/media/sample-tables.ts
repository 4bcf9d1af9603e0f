import { type Box, innerBoxes } from './box.ts'
import type { FileWindow } from './file-window.ts'
import { Refusal } from './verdict.ts'

/** More than a day at 50 frames a second. A table of a few bytes can declare four thousand million. */
export const mostSamples = 5_000_000

const containers = new Set(['trak', 'mdia', 'minf', 'stbl', 'traf'])
/** Bytes of an entry, in tables that begin with their number of entries. */
const entryBytes: Record<string, number> = { stts: 8, ctts: 8, stsc: 12, stco: 4, co64: 8, stss: 4 }
/** Tables whose entries each stand for a number of samples that they name first. */
const runLengths = new Set(['stts', 'ctts'])

/** Refuses tables that declare more than they hold, before a reader believes them and counts for minutes. */
export function checkTables(file: FileWindow, outer: Box): void {
  for (const box of innerBoxes(file, outer)) {
    if (containers.has(box.type)) checkTables(file, box)
    const size = entryBytes[box.type]
    if (size !== undefined) checkEntries(file, box, box.content + 8, file.uint32(box.content + 4), size)
    if (box.type === 'stsz') {
      const sameSize = file.uint32(box.content + 4) !== 0
      checkEntries(file, box, box.content + 12, file.uint32(box.content + 8), sameSize ? 0 : 4)
    }
    if (box.type === 'trun') checkEntries(file, box, box.content + 8, file.uint32(box.content + 4), 0)
    if (runLengths.has(box.type)) checkRuns(file, box)
  }
}

function checkEntries(file: FileWindow, { type, end }: Box, start: number, count: number, bytes: number): void {
  if (count > mostSamples) throw new Refusal(`has more than ${mostSamples} samples in its ${type} table`)
  if (start + count * bytes > Math.min(end, file.size)) throw new Refusal(`has a ${type} table larger than its box`)
}

function checkRuns(file: FileWindow, { type, content }: Box): void {
  const count = file.uint32(content + 4)
  let samples = 0
  for (let i = 0; i < count; i++) samples += file.uint32(content + 8 + i * 8)
  if (samples > mostSamples) throw new Refusal(`has more than ${mostSamples} samples in its ${type} table`)
}
