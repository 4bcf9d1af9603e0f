import type { Answer, Graph } from './graph.ts'
import type { OperationName, Variables } from './operations.ts'

/** One page of a list that is read towards its end. */
export interface Page<Node> {
  readonly nodes: readonly Node[]
  /** Goes on behind this page; null at the end. */
  readonly next: string | null
}

/**
 * The old endpoints have no paging: their lists are read whole, a hundred at a time, up to `most` items. Each page costs
 * one operation, so a short list costs exactly one.
 */
export async function walk<Name extends OperationName, Node>(
  graph: Graph,
  name: Name,
  variablesAt: (cursor: string | null) => Variables<Name>,
  pageOf: (answer: Answer<Name>) => Page<Node>,
  most: number,
): Promise<Node[]> {
  const nodes: Node[] = []
  let cursor: string | null = null
  do {
    const page: Page<Node> = pageOf(await graph.ask(name, variablesAt(cursor)))
    nodes.push(...page.nodes)
    // A cursor that leads to itself would lead nowhere for ever.
    cursor = page.next === cursor ? null : page.next
  } while (cursor !== null && nodes.length < most)
  return nodes.slice(0, most)
}

/** For a connection that is read from its newest end by `after`. */
export const forwards = <Node>(connection: {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}): Page<Node> => ({
  nodes: connection.nodes,
  next: connection.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null,
})
