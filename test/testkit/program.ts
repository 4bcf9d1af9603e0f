import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { requireAll } from './required.ts'

/** A program that a test needs is not on this machine. The message is the reason to skip with. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

// biome-ignore lint/style/noProcessEnv: where to look for programs is the machine's to say
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** @throws Unavailable when none of the folders of PATH has it */
export function findProgram(name: string): string {
  for (const folder of folders) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here: the next folder may have it.
    }
  }
  throw new Unavailable(`${name} is not installed on this machine`)
}

/**
 * The reason to skip a test that needs these programs, or false. With REQUIRE_ALL it is always false: the test then
 * runs, and fails with {@link Unavailable}.
 */
export function skipWithout(programs: readonly string[], required = requireAll): string | false {
  try {
    for (const program of programs) findProgram(program)
    return false
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return required ? false : error.message
  }
}
