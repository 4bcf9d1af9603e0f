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

/**
 * A table of medians with their spread over the rounds. CPU and requests a second are of the saturating passes, latencies
 * of those at half of saturation. The last column compares requests per CPU second round by round.
 * @param base the entry that the others are compared with: 2 means that it serves twice as many for the same CPU
 */
export function roundsTable(title: string, results: ReadonlyMap<string, readonly Round[]>, base: string): string {
  const cpuOf = (name: string) => (results.get(name) ?? []).map(({ saturated }) => saturated.cpuMsPerRequest)
  const rows = [...results].map(([name, rounds]) => {
    const of = (value: (round: Round) => number) => rounds.map(value)
    const each = (rounds[0]?.saturated.cpuOfEach ?? []).map((_, n) =>
      digits(median(of(({ saturated }) => saturated.cpuOfEach[n] ?? 0))),
    )
    return [
      name,
      spread(of(({ saturated }) => saturated.cpuMsPerRequest)),
      each.length > 1 ? each.join(' + ') : '',
      spread(of(({ saturated }) => saturated.perSecond)),
      spread(of(({ half }) => half.p50)),
      spread(of(({ half }) => half.p99)),
      `${(Math.max(...of(({ saturated, half }) => Math.max(saturated.errors, half.errors))) * 100).toFixed(1)} %`,
      spread(cpuOf(name).map((cpu, n) => cpu / (cpuOf(base)[n] ?? Number.NaN))),
    ]
  })
  return table(title, head, rows)
}

/** The same for entries that were all asked as often. */
export function passesTable(title: string, results: ReadonlyMap<string, readonly Pass[]>, base: string): string {
  const rows = [...results].map(([name, passes]) => {
    const of = (value: (pass: Pass) => number) => passes.map(value)
    return [
      name,
      spread(of(({ cpuMsPerRequest }) => cpuMsPerRequest)),
      spread(of(({ perSecond }) => perSecond)),
      spread(of(({ p50 }) => p50)),
      spread(of(({ p99 }) => p99)),
      `${(Math.max(...of(({ errors }) => errors)) * 100).toFixed(1)} %`,
      spread(passes.map((pass, n) => pass.cpuMsPerRequest / (results.get(base)?.[n]?.cpuMsPerRequest ?? Number.NaN))),
    ]
  })
  return table(title, head.toSpliced(2, 1), rows)
}

export function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = header.map((_, n) => (n === 0 ? '---' : '---:'))
  const load = `load of the machine ${loadavg()[0]?.toFixed(1)}`
  return [`\n### ${title}\n`, ...[header, rule, ...rows].map(line), `\n${load}\n`].join('\n')
}
