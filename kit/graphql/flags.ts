import { type DocumentNode, Kind, visit } from 'graphql'

/** The variables that `@skip` and `@include` depend on: for each combination of them a document has another shape. */
export function flagsOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    enter: (node) => {
      if (node.kind !== Kind.DIRECTIVE || (node.name.value !== 'skip' && node.name.value !== 'include')) return
      for (const { value } of node.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

/** How many of these shapes stay compiled, of those that come: more cost time, never memory. */
export const mostVariants = 32

/** What is compiled of a document, once for each combination of its flags. */
export class Variants<Compiled> {
  readonly #compile: (flags: readonly boolean[]) => Compiled
  readonly #compiled = new Map<string, Compiled>()

  constructor(compile: (flags: readonly boolean[]) => Compiled) {
    this.#compile = compile
  }

  /** @param flags in the order of {@link flagsOf} */
  of(flags: readonly boolean[]): Compiled {
    const key = flags.join()
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    if (this.#compiled.size >= mostVariants) this.#compiled.clear()
    const compiled = this.#compile(flags)
    this.#compiled.set(key, compiled)
    return compiled
  }
}
