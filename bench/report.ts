import { loadavg } from 'node:os'
import type { Pass } from './load/measure.ts'
import type { Round } from './load/rounds.ts'

/** The middle one; of an even number the lower of the two. */
export const median = (of: readonly number[]): number =>
  of.toSorted((a, b) => a - b)[Math.floor((of.length - 1) / 2)] ?? Number.NaN

/** Three digits that count. */
const digits = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3)
const spread = (of: readonly number[]) =>
  `${digits(median(of))} (${digits(Math.min(...of))}–${digits(Math.max(...of))})`

const head = ['', 'CPU ms/request', 'of it each process', 'requests/s', 'p50 ms', 'p99 ms', 'errors', '× CPU']
const eachProcess = 2 // a column of no use where everybody is one process

/**
 * A table of medians with their spread over the rounds. CPU and requests a second are of the saturating passes, latencies
 * of those at half of saturation. The last column compares requests per CPU second round by round.
 * @param base the entry that the others are compared with: 2 means that it serves twice as many for the same CPU
 */
export function roundsTable(title: string, results: ReadonlyMap<string, readonly Round[]>, base: string): string {
  const busy = (name: string) => (results.get(name) ?? []).map(({ saturated }) => saturated)
  const rows = [...results].map(([name, rounds]) => {
    const half = rounds.map((round) => round.half)
    return row(name, busy(name), half, busy(base))
  })
  return table(title, head, rows)
}

/** The same for entries that were all asked as often; each of them is one process. */
export function passesTable(title: string, results: ReadonlyMap<string, readonly Pass[]>, base: string): string {
  const rows = [...results].map(([name, passes]) => row(name, passes, passes, results.get(base) ?? []))
  return table(
    title,
    head.toSpliced(eachProcess, 1),
    rows.map((cells) => cells.toSpliced(eachProcess, 1)),
  )
}

/** `busy` passes tell of CPU and rate, `timed` ones of latencies; `base` are the busy ones of the entry compared with. */
function row(name: string, busy: readonly Pass[], timed: readonly Pass[], base: readonly Pass[]): string[] {
  const of = (passes: readonly Pass[], value: (pass: Pass) => number) => passes.map(value)
  const each = (busy[0]?.cpuOfEach ?? []).map((_, n) => digits(median(of(busy, ({ cpuOfEach }) => cpuOfEach[n] ?? 0))))
  return [
    name,
    spread(of(busy, ({ cpuMsPerRequest }) => cpuMsPerRequest)),
    each.length > 1 ? each.join(' + ') : '',
    spread(of(busy, ({ perSecond }) => perSecond)),
    spread(of(timed, ({ p50 }) => p50)),
    spread(of(timed, ({ p99 }) => p99)),
    `${(Math.max(...of([...busy, ...timed], ({ errors }) => errors)) * 100).toFixed(1)} %`,
    spread(busy.map(({ cpuMsPerRequest }, n) => cpuMsPerRequest / (base[n]?.cpuMsPerRequest ?? Number.NaN))),
  ]
}

export function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = header.map((_, n) => (n === 0 ? '---' : '---:'))
  const load = `load of the machine ${loadavg()[0]?.toFixed(1)}`
  return [`\n### ${title}\n`, ...[header, rule, ...rows].map(line), `\n${load}\n`].join('\n')
}
