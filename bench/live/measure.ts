import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { createHistogram } from 'node:perf_hooks'
import type { AppProcess } from '../../test/testkit/app-process.ts'
import { cpuOf } from '../load/cpu.ts'

/** Memory of a process in bytes, as the system counts it. */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

export const memoryOfAll = (processes: readonly AppProcess[]): number =>
  processes.filter(({ running }) => running).reduce((sum, { pid }) => sum + memoryOf(pid), 0)

/** Counts the CPU of processes from now on. @returns cores that each has used on average since, by role; this process's too */
export function watchCpu(processes: readonly AppProcess[]): () => Record<string, number> {
  const begin = performance.now()
  const own = process.cpuUsage()
  const before = new Map(processes.map(({ pid }) => [pid, cpuOf(pid)]))
  return () => {
    const elapsed = performance.now() - begin
    const cores: Record<string, number> = {}
    for (const { pid, roles, running } of processes) {
      if (!(running && before.has(pid))) continue // another process by now
      const name = roles.join(' ') || 'app'
      cores[name] = (cores[name] ?? 0) + (cpuOf(pid) - (before.get(pid) ?? 0)) / elapsed
    }
    const { user, system } = process.cpuUsage(own)
    return { ...cores, clients: (user + system) / 1_000 / elapsed }
  }
}

export const inCores = (cores: Readonly<Record<string, number>>): string =>
  Object.entries(cores)
    .filter(([, used]) => used >= 0.005)
    .map(([name, used]) => `${name} ${used.toFixed(2)}`)
    .join(', ')

/** Durations, told in milliseconds. */
export class Durations {
  readonly #histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 }) // microseconds

  get count(): number {
    return this.#histogram.count
  }

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)))
  }

  percentile(percent: number): number {
    return this.#histogram.percentile(percent) / 1_000
  }

  toString(): string {
    const at = (percent: number) => `${this.percentile(percent).toFixed(1)} ms`
    return `p50 ${at(50)}, p90 ${at(90)}, p99 ${at(99)}, max ${(this.#histogram.max / 1_000).toFixed(1)} ms of ${this.count}`
  }
}

/** The machine's load: figures of a busy one say as much about its neighbours. */
export const load = (): string =>
  loadavg()
    .slice(0, 2)
    .map((each) => each.toFixed(1))
    .join(' and ')

export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`

/** Figures that a process tells of itself under `/metrics`, by name. */
export async function figuresOf(url: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Object.fromEntries([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]))
}
