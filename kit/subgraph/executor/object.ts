import {
  type GraphQLCompositeType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
} from 'graphql'
import { compile, entry, literal, write } from '../../graphql/code.ts'
import type { Asked, Selector, Source } from '../../graphql/collect.ts'
import { standardLeafTest } from '../../graphql/standard-leaf.ts'
import { type Execute, type ObjectsOf, slotOf } from './complete.ts'
import { type Field, Info, type Operation, Thrown } from './field.ts'
import { INVALID } from './run.ts'

const objectsOf =
  (operation: Operation, selector: Selector, sources: readonly Source[]): ObjectsOf =>
  (type) =>
    compileObject(operation, selector, type, selector.collect(type, sources))

/** Generates the function for objects of `type`: one that reads, calls resolvers and writes by literal names. */
export const compileObject = (
  operation: Operation,
  selector: Selector,
  type: GraphQLObjectType,
  fields: ReadonlyMap<string, readonly Asked[]>,
): Execute => {
  const bound: Record<string, unknown> = { Info, Thrown, INVALID, nothing: Object.freeze({}) }
  const entries: string[] = []
  const lines: string[] = []
  for (const [key, asked] of fields) {
    const [first, ...others] = asked.map(({ node }) => node)
    if (first === undefined) continue
    const name = first.name.value
    if (name === '__typename') {
      entries.push(entry(key, literal(type.name)))
      continue
    }
    // A newer gateway may ask for what this subgraph does not have yet: it is left out, as the specification has it.
    const definition = type.getFields()[name]
    if (definition === undefined) continue
    const argumentPlace = definition.args.length > 0 ? operation.argumentPlaces++ : -1
    const field: Field = { operation, key, nodes: [first, ...others], parentType: type, definition, argumentPlace }
    entries.push(entry(key, 'null'))
    lines.push(fieldLines(field, objectsOf(operation, selector, sourcesOf(type, asked)), bound))
  }
  return compile(
    `function execute(run, source, at) {
    const out = { ${entries.join(', ')} };
    let value;
    ${lines.join('\n')}
    return out;
  }`,
    bound,
  )
}

function fieldLines(field: Field, objects: ObjectsOf, bound: Record<string, unknown>): string {
  const { key, definition, argumentPlace } = field
  const n = Object.keys(bound).length
  const [slot, resolve] = [`slot${n}`, `resolve${n}`]
  bound[slot] = slotOf(field, definition.type, objects)
  const given = argumentPlace === -1 ? 'nothing' : `run.argumentsOf(${slot}.field)`
  const call = `${given}, run.context, new Info(${slot}.field, run, at)`
  const property = `source[${literal(definition.name)}]`
  if (definition.resolve) bound[resolve] = definition.resolve
  const read = definition.resolve
    ? `value = ${resolve}(source, ${call});`
    : `value = ${property}; if (typeof value === 'function') value = ${property}(${call});`
  const settle = `value = run.settle(${slot}, value, out, ${literal(key)}, at);
      if (value === INVALID) return INVALID;`
  const nullable = getNullableType(definition.type)
  const test = isLeafType(nullable) ? standardLeafTest(nullable.name, 'value') : undefined
  return `try { ${read} } catch (error) { value = new Thrown(error); }
    ${test ? `if (!(${test}))` : ''} { ${settle} }
    ${write('out', key, 'value')};`
}

const sourcesOf = (parent: GraphQLObjectType, asked: readonly Asked[]): Source[] =>
  asked.flatMap(({ node }) => {
    const type: GraphQLCompositeType | unknown = getNamedType(parent.getFields()[node.name.value]?.type)
    return node.selectionSet && isCompositeType(type) ? [{ selectionSet: node.selectionSet, parent: type }] : []
  })
