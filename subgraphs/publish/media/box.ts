import type { FileWindow } from './file-window.ts'
import { Refusal } from './verdict.ts'

const mostBoxes = 500_000
const headerBytes = 8

/** The unit of MP4 and QuickTime: a size, a type of four letters, and content that may be boxes again. */
export interface Box {
  readonly type: string
  readonly content: number
  /** Where the box says that it ends; at the top of a file, that may be beyond the file. */
  readonly end: number
}

/** The boxes at the top of the file. */
export function* topBoxes(file: FileWindow): Generator<Box> {
  let count = 0
  for (let at = 0; at < file.size; ) {
    if (file.size - at < headerBytes) throw new Refusal('is cut short inside the header of a box')
    if (++count > mostBoxes) throw new Refusal(`has more than ${mostBoxes} boxes`)
    const box = readBox(file, at, file.size)
    yield box
    at = box.end
  }
}

/** The boxes in a box. QuickTime may close the list with zeros that are shorter than a box. */
export function* innerBoxes(file: FileWindow, outer: Box): Generator<Box> {
  for (let at = outer.content; outer.end - at >= headerBytes; ) {
    const box = readBox(file, at, outer.end)
    if (box.end > outer.end) throw new Refusal(`has a ${box.type} box larger than the ${outer.type} box around it`)
    yield box
    at = box.end
  }
}

function readBox(file: FileWindow, at: number, openEnd: number): Box {
  const short = file.uint32(at)
  const header = short === 1 ? 2 * headerBytes : headerBytes
  const size = short === 0 ? openEnd - at : short === 1 ? file.uint64(at + headerBytes) : short
  if (size < header) throw new Refusal('has a box smaller than its own header')
  return { type: file.latin1(at + 4, 4), content: at + header, end: at + size }
}
