import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql'
import { errors } from '../kit/errors.ts'

/** What one operation may cost, checked on its text alone: the planner has no bound of its own. */
export interface Limits {
  readonly tokens: number
  /** Levels of nested selections, fragments expanded. */
  readonly depth: number
  readonly aliases: number
  readonly rootFields: number
  /** Fields with every fragment expanded at every place where it is spread. */
  readonly selections: number
}

export const defaultLimits: Limits = { tokens: 5_000, depth: 15, aliases: 50, rootFields: 20, selections: 2_000 }

/** Texts that passed and are not looked at again. */
const mostPassed = 1_000

/** Refuses operations that are too large, before anything else looks at them. The same on every transport. */
export class LimitGuard {
  readonly #limits: Limits
  readonly #passed = new Set<string>()

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits
  }

  /** @throws LIMIT_EXCEEDED; text that can't be parsed passes, as the parser tells its fault better */
  check(query: string): void {
    if (this.#passed.has(query)) return
    const document = parsed(query, this.#limits.tokens)
    if (document) checkDocument(document, this.#limits)
    if (this.#passed.size >= mostPassed) this.#passed.clear()
    this.#passed.add(query)
  }
}

function parsed(query: string, maxTokens: number): DocumentNode | undefined {
  try {
    return parse(query, { noLocation: true, maxTokens })
  } catch (error) {
    if (error instanceof Error && error.message.includes('Parsing aborted'))
      throw errors.limitExceeded('tokens', maxTokens)
    return undefined
  }
}

/** What a selection set costs with its fragments expanded. Infinite for a fragment that contains itself. */
interface Cost {
  readonly fields: number
  readonly depth: number
  readonly aliases: number
}

function checkDocument(document: DocumentNode, limits: Limits): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
  }
  const known = new Map<string, Cost>()
  const costOf = (set: SelectionSetNode): Cost => {
    let fields = 0
    let depth = 0
    let aliases = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet ? costOf(selection.selectionSet) : nothing
        fields += 1 + inner.fields
        depth = Math.max(depth, 1 + inner.depth)
        aliases += (selection.alias ? 1 : 0) + inner.aliases
      } else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? costOf(selection.selectionSet)
            : costOfFragment(selection.name.value)
        fields += inner.fields
        depth = Math.max(depth, inner.depth)
        aliases += inner.aliases
      }
    }
    return { fields, depth, aliases }
  }
  const costOfFragment = (name: string): Cost => {
    const cost = known.get(name)
    if (cost) return cost
    known.set(name, endless) // stands until it is known: only a fragment inside itself meets it
    const fragment = fragments.get(name)
    const found = fragment ? costOf(fragment.selectionSet) : nothing
    known.set(name, found)
    return found
  }
  for (const operation of operations) {
    const { fields, depth, aliases } = costOf(operation.selectionSet)
    const roots = operation.selectionSet.selections.length
    if (roots > limits.rootFields) throw errors.limitExceeded('root fields', limits.rootFields)
    if (depth > limits.depth) throw errors.limitExceeded('depth', limits.depth)
    if (aliases > limits.aliases) throw errors.limitExceeded('aliases', limits.aliases)
    if (fields > limits.selections) throw errors.limitExceeded('selections', limits.selections)
  }
}

const nothing: Cost = { fields: 0, depth: 0, aliases: 0 }
const endless: Cost = { fields: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY, aliases: 0 }
