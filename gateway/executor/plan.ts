import type { FetchNode, PlanNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { compileEntityFetch } from './entity-fetch.ts'
import { compileRootFetch } from './fetch.ts'
import { type PathStep, parsePath } from './path.ts'
import type { Step } from './run.ts'

export interface CompiledPlan {
  readonly step: Step | undefined
  readonly mergeClasses: number
}

/**
 * @param schema the supergraph's: plans also speak of types that clients may not see
 * @param flagOf position of a boolean variable in {@link Run.flags}
 */
export const compilePlan = (
  schema: GraphQLSchema,
  plan: PlanNode | undefined,
  flagOf: (variable: string) => number,
): CompiledPlan => {
  const classes = mergeClassesOf(plan)
  const places = new Map<string, number>()
  const placeOf = (fetch: FetchNode, steps: readonly PathStep[]): number => {
    const key = placeKey(fetch, steps)
    const place = places.get(key) ?? places.size
    places.set(key, place)
    return place
  }
  const compile = (node: PlanNode | undefined, steps: readonly PathStep[]): Step | undefined => {
    switch (node?.kind) {
      case undefined:
        return undefined
      case 'Sequence':
        return sequence(node.nodes.map((inner) => compile(inner, steps)))
      case 'Parallel':
        return parallel(node.nodes.map((inner) => compile(inner, steps)))
      case 'Flatten':
        return compile(node.node, [...steps, ...parsePath(node.path)])
      case 'Condition': {
        const flag = flagOf(node.condition)
        const [yes, no] = [compile(node.ifClause, steps), compile(node.elseClause, steps)]
        return (run) => (run.flags[flag] ? yes : no)?.(run)
      }
      case 'Fetch':
        if (node.contextRewrites?.length) throw new TypeError('plans with @fromContext are not supported')
        if (node.requires === undefined) return compileRootFetch(schema, node, steps)
        return compileEntityFetch(schema, node, steps, {
          mergeClass: classes.get(classKey(node)) ?? -1,
          place: placeOf(node, steps),
        })
      case 'Defer':
        throw new TypeError('plans with @defer are not supported')
    }
  }
  return { step: compile(plan, []), mergeClasses: classes.size }
}

const sequence = (parts: readonly (Step | undefined)[]): Step | undefined => {
  const steps = parts.filter((step) => step !== undefined)
  if (steps.length < 2) return steps[0]
  const from = (run: Parameters<Step>[0], first: number): Promise<void> | undefined => {
    for (let i = first; i < steps.length; i++) {
      const pending = steps[i]?.(run)
      if (pending !== undefined) return i + 1 < steps.length ? pending.then(() => from(run, i + 1)) : pending
    }
    return undefined
  }
  return (run) => from(run, 0)
}

const parallel = (parts: readonly (Step | undefined)[]): Step | undefined => {
  const steps = parts.filter((step) => step !== undefined)
  if (steps.length < 2) return steps[0]
  return (run) => {
    const pending: Promise<void>[] = []
    for (const step of steps) {
      const started = step(run)
      if (started !== undefined) pending.push(started)
    }
    return pending.length < 2 ? pending[0] : Promise.all(pending).then(ignore)
  }
}

const ignore = () => {}

/** Everything that two fetches must share to be merged. Names are left out: the planner numbers them. */
const classKey = (fetch: FetchNode): string =>
  JSON.stringify([
    fetch.serviceName,
    fetch.operationName === undefined ? fetch.operation : fetch.operation.replace(fetch.operationName, ''),
    fetch.requires,
    fetch.variableUsages,
    fetch.inputRewrites,
    fetch.outputRewrites,
  ])

/** Everything that decides what a fetch of entities gathers. */
const placeKey = ({ requires, inputRewrites }: FetchNode, steps: readonly PathStep[]): string =>
  JSON.stringify([steps, requires, inputRewrites], (_, value) => (value instanceof Set ? [...value] : value))

const mergeClassesOf = (plan: PlanNode | undefined): Map<string, number> => {
  const seen = new Set<string>()
  const classes = new Map<string, number>()
  const visit = (node: PlanNode | undefined): void => {
    if (node?.kind === 'Fetch' && node.requires !== undefined) {
      const key = classKey(node)
      if (seen.has(key) && !classes.has(key)) classes.set(key, classes.size)
      seen.add(key)
    } else if (node?.kind === 'Sequence' || node?.kind === 'Parallel') node.nodes.forEach(visit)
    else if (node?.kind === 'Flatten') visit(node.node)
    else if (node?.kind === 'Condition') [node.ifClause, node.elseClause].forEach(visit)
  }
  visit(plan)
  return classes
}
