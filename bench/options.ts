import { parseArgs } from 'node:util'

export const sections = ['feed', 'constant', 'scenarios', 'likes', 'growth'] as const
export type Section = (typeof sections)[number]

export interface Options {
  readonly quick: boolean
  readonly hive: boolean
  readonly only: ReadonlySet<Section>
  /** Servers leave CPU profiles there. */
  readonly profile: string | undefined
}

/** @throws with a sentence for the person at the keyboard */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      hive: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
    },
  })
  const only = values.only.flatMap((list) => list.split(','))
  const unknown = only.filter((name) => !sections.includes(name as Section))
  if (unknown.length > 0) throw new Error(`unknown section ${unknown.join(', ')}; sections are ${sections.join(', ')}`)
  return {
    quick: values.quick,
    hive: values.hive,
    // A million videos take minutes to generate: no part of a quick look.
    only: new Set(
      only.length > 0 ? (only as Section[]) : sections.filter((name) => !(values.quick && name === 'growth')),
    ), // checked above
    profile: values.profile,
  }
}
