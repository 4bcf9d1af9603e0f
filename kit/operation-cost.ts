import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql'
import { mostVariants } from './graphql/flags.ts'
import { fragmentsOf } from './graphql/fragments.ts'

/** What a selection set asks for with every fragment expanded at every place where it is spread. */
export interface Cost {
  readonly fields: number
  /** Fields of the outermost level. */
  readonly roots: number
  /** Levels of nested fields. */
  readonly depth: number
  readonly aliases: number
}

/** What each operation of a document asks for: infinitely much where a fragment contains itself. */
export function costsOf(document: DocumentNode): readonly Cost[] {
  const fragments = fragmentsOf(document)
  const known = new Map<string, Cost>()
  const costOfFragment = (name: string): Cost => {
    const cost = known.get(name)
    if (cost) return cost
    known.set(name, endless) // stands until it is known: only a fragment inside itself meets it
    const fragment = fragments.get(name)
    const found = fragment ? costOf(fragment.selectionSet, costOfFragment) : nothing
    known.set(name, found)
    return found
  }
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [costOf(definition.selectionSet, costOfFragment)] : [],
  )
}

function costOf(set: SelectionSetNode, costOfFragment: (name: string) => Cost): Cost {
  let { fields, roots, depth, aliases } = nothing
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const inner = selection.selectionSet ? costOf(selection.selectionSet, costOfFragment) : nothing
      fields += 1 + inner.fields
      roots++
      depth = Math.max(depth, 1 + inner.depth)
      aliases += (selection.alias ? 1 : 0) + inner.aliases
    } else {
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? costOf(selection.selectionSet, costOfFragment)
          : costOfFragment(selection.name.value)
      fields += inner.fields
      roots += inner.roots
      depth = Math.max(depth, inner.depth)
      aliases += inner.aliases
    }
  }
  return { fields, roots, depth, aliases }
}

const nothing: Cost = { fields: 0, roots: 0, depth: 0, aliases: 0 }
const endless: Cost = { ...nothing, fields: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY }

/**
 * What a document weighs once it is planned or compiled, in units of some 2 kB: caches are bounded by it, as one document
 * may weigh a hundred times as much as another. Its length tells of the syntax tree, its fields of what is made of them.
 * @param flags variables on which its shape depends, where it is compiled for each combination of them
 */
export function weightOf(document: DocumentNode, characters: number, flags = 0): number {
  const fields = costsOf(document).reduce((sum, cost) => sum + cost.fields, 0)
  return Math.ceil(10 + characters / 20 + fields * Math.min(2 ** flags, mostVariants))
}
