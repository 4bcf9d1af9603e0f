import { parseArgs } from 'node:util'

export interface DoctorOptions {
  /** Make right at once what can be derived. */
  readonly repair: boolean
  /** One JSON object in place of the table. */
  readonly json: boolean
}

export const help = `npm run doctor -- [--repair] [--json]

Looks for counters that drifted, copies that differ, rows and files that belong to nothing, gaps in numbered logs
and cached values that are wrong. Reads the same settings as npm start, and may run while the app does.

  --repair  makes right what can be derived; without it nothing is changed. Data in a file are repaired while no app runs
  --json    prints one JSON object
  --help    prints this

Exit code: 0 when all is right (or was made so), 1 when something is left, 2 when it could not look.`

/** @throws with a text for people, for an option that does not exist */
export function doctorOptions(words: readonly string[]): DoctorOptions | 'help' {
  const option = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ args: [...words], options: { repair: option, json: option, help: option } })
  return values.help ? 'help' : { repair: values.repair, json: values.json }
}
