import type { FileWindow } from './file-window.ts'
import { Refusal } from './verdict.ts'

const segmentId = 0x18538067
const clusterId = 0x1f43b675
const levelOne = new Set([
  clusterId,
  0x114d9b74,
  0x1549a966,
  0x1654ae6b,
  0x1c53bb6b,
  0x1941a469,
  0x1043a770,
  0x1254c367,
])
const mostElements = 2_000_000

interface Element {
  readonly id: number
  readonly content: number
  /** Undefined when the size is not known, as recorders of live video write it. */
  readonly end: number | undefined
}

/** Refuses a WebM file in which an element reaches beyond the end of the element around it, or of the file. */
export function checkElements(file: FileWindow): void {
  let count = 0
  let at = 0
  let segmentEnd = 0
  while (at < file.size) {
    if (++count > mostElements) throw new Refusal(`has more than ${mostElements} elements`)
    const element = readElement(file, at)
    const end = element.end ?? file.size
    if (end > file.size) throw new Refusal('is cut short')
    if (element.id === segmentId) segmentEnd = end
    else if (levelOne.has(element.id) && end > segmentEnd) throw new Refusal('has an element outside of its segment')
    // The children of a segment, and those of a cluster of unknown size, are walked as if they stood beside it.
    const inside = element.id === segmentId || (element.id === clusterId && element.end === undefined)
    if (element.end === undefined && !inside) throw new Refusal('has an element without an end')
    at = inside ? element.content : end
  }
}

function readElement(file: FileWindow, at: number): Element {
  const idBytes = Math.clz32(file.uint8(at)) - 23
  if (idBytes > 4) throw new Refusal('is damaged')
  let id = 0
  for (let i = 0; i < idBytes; i++) id = id * 256 + file.uint8(at + i)
  const first = file.uint8(at + idBytes)
  const sizeBytes = Math.clz32(first) - 23
  if (sizeBytes > 8) throw new Refusal('is damaged')
  let size = first - 2 ** (8 - sizeBytes)
  let unknown = size === 2 ** (8 - sizeBytes) - 1
  for (let i = 1; i < sizeBytes; i++) {
    const next = file.uint8(at + idBytes + i)
    unknown &&= next === 255
    size = size * 256 + next
  }
  const content = at + idBytes + sizeBytes
  return { id, content, end: unknown ? undefined : content + size }
}
