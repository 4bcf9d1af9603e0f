import { generator } from './random.ts'

const digitRows = [
  '01110 00100 01110 11110 00010 11111 01110 11111 01110 01110',
  '10001 01100 10001 00001 00110 10000 10000 00001 10001 10001',
  '10011 00100 00001 00001 01010 10000 10000 00010 10001 10001',
  '10101 00100 00010 01110 10010 11110 11110 00100 01110 01111',
  '11001 00100 00100 00001 11111 00001 10001 01000 10001 00001',
  '10001 00100 01000 00001 00010 00001 10001 01000 10001 00001',
  '01110 01110 11111 11110 00010 11110 01110 01000 01110 01110',
].map((row) => row.split(' '))
const digitWidth = 5
const digitHeight = 7
const discs = 4
const turn = Math.PI * 2
const white = 235

/**
 * A gradient that drifts, discs that circle, and the seed in large digits, in limited-range YCbCr.
 *
 * @returns draws the moment `t` (0 to 1) as planar I420: brightness, then the two colours at half the resolution. The
 *   buffer is used again by the next call
 */
export function createScene(seed: number, width: number, height: number): (t: number) => Uint8Array {
  const random = generator(seed)
  const hue = (seed * 0.618034) % 1
  const slope = random() * turn
  const bands = 1 + Math.floor(random() * 3)
  const circling = Array.from({ length: discs }, (_, i) => ({
    radius: width * (0.08 + random() * 0.12),
    away: width * (0.2 + random() * 0.25),
    phase: random() * turn,
    speed: (i % 2 === 0 ? 1 : -1) * (1 + Math.floor(random() * 2)),
    bright: 60 + random() * 140,
    hue: (hue + 0.3 + random() * 0.4) % 1,
  }))
  const digits = digitCells(String(seed), width, height)
  const half = width / 2
  const area = width * height
  const frame = new Uint8Array(area * 1.5)
  const across = Float32Array.from({ length: width }, (_, x) => (x / width) * Math.cos(slope) * bands)
  const wave = Uint8Array.from({ length: 1024 }, (_, i) => 118 + 58 * Math.sin((i / 1024) * turn))

  return (t) => {
    for (let y = 0; y < height; y++) {
      const down = (y / height) * Math.sin(slope) * bands + t + 8
      for (let x = 0; x < width; x++) frame[y * width + x] = wave[(((across[x] ?? 0) + down) * 1024) & 1023] ?? 0
    }
    for (let y = 0; y < height / 2; y++) {
      const [blue, red] = chroma(hue + 0.12 * Math.sin((y / height + t) * turn), 52)
      frame.fill(blue, area + y * half, area + (y + 1) * half)
      frame.fill(red, area * 1.25 + y * half, area * 1.25 + (y + 1) * half)
    }
    for (const { radius, away, phase, speed, bright, hue: colour } of circling) {
      const angle = phase + t * speed * turn
      const [x, y] = [width / 2 + Math.cos(angle) * away, height / 2 + Math.sin(angle) * away * 1.6]
      const [blue, red] = chroma(colour, 90)
      disc(frame, 0, width, height, x, y, radius, bright)
      disc(frame, area, half, height / 2, x / 2, y / 2, radius / 2, blue)
      disc(frame, area * 1.25, half, height / 2, x / 2, y / 2, radius / 2, red)
    }
    for (const { left, top, size } of digits) {
      for (let y = top; y < top + size; y++) frame.fill(white, y * width + left, y * width + left + size)
      for (let y = top / 2; y < (top + size) / 2; y++) {
        const start = area + y * half + left / 2
        frame.fill(128, start, start + size / 2)
        frame.fill(128, start + area / 4, start + area / 4 + size / 2)
      }
    }
    return frame
  }
}

/** The squares that make up the digits, on even pixels so that both resolutions agree. */
function digitCells(text: string, width: number, height: number): { left: number; top: number; size: number }[] {
  const columns = text.length * (digitWidth + 1) - 1
  const size = Math.max(2, Math.min(Math.floor((width * 0.8) / columns / 2), Math.floor(width / 28)) * 2)
  const left = Math.floor((width - columns * size) / 4) * 2
  const top = Math.floor((height - digitHeight * size) / 4) * 2
  return [...text].flatMap((digit, at) =>
    digitRows.flatMap((row, y) =>
      [...(row[Number(digit)] ?? '')].flatMap((bit, x) =>
        bit === '1' ? [{ left: left + (at * (digitWidth + 1) + x) * size, top: top + y * size, size }] : [],
      ),
    ),
  )
}

const chroma = (hue: number, strength: number): [blue: number, red: number] => [
  128 + strength * Math.cos(hue * turn),
  128 + strength * Math.sin(hue * turn),
]

function disc(
  plane: Uint8Array,
  from: number,
  width: number,
  height: number,
  x: number,
  y: number,
  r: number,
  v: number,
) {
  for (let row = Math.max(0, Math.ceil(y - r)); row <= Math.min(height - 1, y + r); row++) {
    const reach = Math.sqrt(Math.max(0, r * r - (row - y) ** 2))
    const left = Math.max(0, Math.round(x - reach))
    const right = Math.min(width, Math.round(x + reach))
    if (left < right) plane.fill(v, from + row * width + left, from + row * width + right)
  }
}
