import { parseArgs } from 'node:util'

export const stackKinds = ['embedded', 'single', 'roles'] as const
/** See `stack.ts`. */
export type StackKind = (typeof stackKinds)[number]

/** What can be set of a scenario: numbers by name. */
export type Numbers = Readonly<Record<string, number>>

export interface Choices<Given extends Numbers = Numbers> {
  readonly stack: StackKind
  /** Processes of the app leave CPU profiles there. */
  readonly profile: string | undefined
  readonly given: Given
}

/** @param defaults names every number that can be set. @throws with a sentence for the person at the keyboard */
export function readChoices<Given extends Numbers>(words: readonly string[], defaults: Given): Choices<Given> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      stack: { type: 'string', default: 'embedded' },
      profile: { type: 'string' },
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
    },
  })
  const given = Object.fromEntries(
    Object.entries(defaults).map(([name, otherwise]) => {
      const value = Number((values as Record<string, string | undefined>)[name] ?? otherwise) // options are text
      if (!Number.isFinite(value)) throw new Error(`--${name} has to be a number`)
      return [name, value]
    }),
  ) as Given // the same names
  const stack = stackKinds.find((kind) => kind === values['stack'])
  if (!stack) throw new Error(`--stack has to be one of ${stackKinds.join(', ')}`)
  return { stack, profile: values['profile'] as string | undefined, given }
}
