import type { Result } from './check.ts'

const width = 52

export const heading = `${'check'.padEnd(width)} ${'looked at'.padStart(12)} ${'findings'.padStart(9)} ${'repaired'.padStart(9)}`

/** A line of the table, and the first findings below it. */
export function resultLines({ name, looked, findings, repaired, examples }: Result): string {
  const line = `${name.padEnd(width)} ${String(looked).padStart(12)} ${String(findings).padStart(9)} ${String(repaired).padStart(9)}`
  const more = findings - examples.length
  return [line, ...examples.map((text) => `    ${text}`), ...(more > 0 ? [`    and ${more} more`] : [])].join('\n')
}

export interface Summary {
  readonly checks: readonly Result[]
  readonly findings: number
  readonly repaired: number
}

export function summaryOf(checks: readonly Result[]): Summary {
  const sum = (of: (result: Result) => number) => checks.reduce((total, result) => total + of(result), 0)
  return { checks, findings: sum((result) => result.findings), repaired: sum((result) => result.repaired) }
}
