import { readFileSync } from 'node:fs'

/** The kernel counts in ticks of 10 ms on every Linux that Node runs on. */
const msPerTick = 10

/** CPU that a process has used since its start, in milliseconds, its threads and the kernel's work for it included. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in brackets, and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}
