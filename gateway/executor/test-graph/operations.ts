import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
  type OperationTypeNode,
} from 'graphql'
import { schema } from './graph.ts'

export interface GeneratedOperation {
  readonly text: string
  /** Of one of the operations in a document that has two. */
  readonly operationName?: string
  readonly variables: Readonly<Record<string, unknown>>
}

type Kind = 'query' | 'mutation' | 'subscription'

// Response names that every plain object seems to have are in, and one that sets its prototype.
const ALIASES = ['a', 'b', 'title', 'constructor', '__proto__', 'toString']

/** An operation on the test graph, mostly valid: the caller drops those with conflicting fields. */
export const generateOperation = (g: GeneratorValue, kind: Kind = 'query'): GeneratedOperation => {
  if (g(fc.nat, { max: 4 }) > 0) return generateOne(g, kind, g(fc.boolean) ? 'Op' : '')
  // Beside another one, with fragments of its own and variables that may have the same names.
  const { text, variables } = generateOne(g, kind, 'Op')
  const other = generateOne(g, g(fc.constantFrom, 'query', kind), 'Other')
  const texts = g(fc.boolean) ? [text, other.text] : [other.text, text]
  return { text: texts.join(' '), operationName: 'Op', variables }
}

const generateOne = (g: GeneratorValue, kind: Kind, name: string): GeneratedOperation => {
  const n = (max: number): number => g(fc.nat, { max: max - 1 })
  const one = <T>(from: readonly T[]): T => from[n(from.length)] as T // never called with an empty list
  const often = (percent: number): boolean => n(100) >= 100 - percent

  const definitions: string[] = []
  const variables: Record<string, unknown> = {}
  const fragments: string[] = []
  const variable = (type: string, value: unknown, fallback?: string): string => {
    const name = `v${definitions.length}`
    definitions.push(`$${name}: ${type}${fallback === undefined ? '' : ` = ${fallback}`}`)
    if (fallback === undefined || often(50)) variables[name] = value
    return `$${name}`
  }
  const flags: string[] = []
  const directives = (): string => {
    if (!often(10)) return ''
    if (often(15)) return one([' @skip(if: true)', ' @include(if: true)', ' @skip(if: false)', ' @include(if: false)'])
    const on = often(50)
    if (flags.length === 0 || (flags.length < 3 && often(50))) {
      const flag = often(50) ? variable('Boolean!', on) : variable('Boolean', on, String(often(50)))
      flags.push(flag)
      return ` @${one(['skip', 'include'])}(if: ${flag})`
    }
    if (often(10)) return ` @skip(if: ${one(flags)}) @include(if: ${one(flags)})`
    return ` @${one(['skip', 'include'])}(if: ${one(flags)})`
  }

  const value = (arg: GraphQLArgument): [type: string, value: unknown, literal: string] | undefined => {
    const type = String(getNamedType(arg.type))
    if (type === 'ID') {
      const id = one(['b1', 'b2', 'f1', 'p1', 'p2', 'z1'])
      return isListType(arg.type) ? ['[ID!]', [id], `["${id}"]`] : ['ID!', id, `"${id}"`]
    }
    if (type === 'Int') return ['Int!', n(4), String(n(4))]
    if (type === 'String') return ['String!', one(['x', '']), '"y"']
    if (type === 'Json') return ['Json', { deep: [n(3), null] }, '{ a: [1, null] }']
    if (type === 'Genre') return ['[Genre!]', ['POETRY'], '[FICTION]']
    if (type === 'ReviewFilter') return ['ReviewFilter', { word: 'w' }, '{ stars: 2 }']
    return undefined
  }
  const args = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args.flatMap((arg) => {
      const made = value(arg)
      if (made === undefined || (!isNonNullType(arg.type) && often(40))) return []
      const [type, json, literal] = made
      return [`${arg.name}: ${often(30) ? variable(type, json) : literal}`]
    })
    return given.length > 0 ? `(${given.join(', ')})` : ''
  }

  const field = (type: GraphQLCompositeType, depth: number): string => {
    if (isUnionType(type) || often(8)) return `${often(12) ? 'kind: ' : ''}__typename${directives()}`
    const all = Object.values(type.getFields())
    const fitting = depth > 0 ? all : all.filter((it) => !isCompositeType(getNamedType(it.type)))
    const chosen = fitting.length > 0 ? one(fitting) : undefined
    if (chosen === undefined) return '__typename'
    const inner = getNamedType(chosen.type)
    // Mostly an alias of its own for each field: two fields of one response name are seldom valid.
    const fixed = ALIASES[chosen.name.length % ALIASES.length]
    const alias = often(12) ? `${often(80) ? fixed : one(ALIASES)}: ` : ''
    return `${alias}${chosen.name}${args(chosen)}${directives()}${isCompositeType(inner) ? ` ${selections(inner, depth - 1)}` : ''}`
  }
  // Apollo forgets, inside a fragment on an interface, that the object around it is of a known type, and leaves out what
  // a fragment on that type asks for. `known` keeps such operations out.
  const narrowed = (type: GraphQLCompositeType, known: boolean): GraphQLCompositeType => {
    if (isAbstractType(type)) return known ? type : one([type, ...schema.getPossibleTypes(type)])
    const above = 'getInterfaces' in type ? type.getInterfaces() : []
    return one([type, type, ...above])
  }
  const selection = (type: GraphQLCompositeType, depth: number, known = false): string => {
    if (depth <= 0 || !often(isAbstractType(type) ? 55 : 15)) return field(type, depth)
    const target = narrowed(type, known)
    const inside = known || !isAbstractType(type)
    if (often(10)) return `...${directives()} ${selections(type, depth - 0.5, known)}`
    if (often(75)) return `... on ${target.name}${directives()} ${selections(target, depth - 0.5, inside)}`
    const place = fragments.push('') - 1
    const fragment = `${name}F${place}`
    fragments[place] = `fragment ${fragment} on ${target.name} ${selections(target, Math.min(depth - 0.5, 1), inside)}`
    const spread = `...${fragment}${directives()}`
    return often(20) ? `${spread} ${field(type, depth)} ${spread}` : spread
  }
  const selections = (type: GraphQLCompositeType, depth: number, known = false): string =>
    `{ ${Array.from({ length: 1 + n(4) }, () => selection(type, depth, known)).join(' ')} }`

  const introspection = (): string =>
    one([
      '__schema { queryType { name } }',
      '... { __schema { q: queryType { kind } mutationType { name } } }',
      '__type(name: VARIABLE) { name kind fields { name } }',
      't: __type(name: "Genre") { enumValues { name } }',
    ]).replace('VARIABLE', () => variable('String!', one(['Book', 'Nope'])))
  const root = schema.getRootType(kind as OperationTypeNode) // its enum's values are these words
  if (!root) throw new TypeError(`no ${kind} type`)
  const plain = (): string => field(root, 3).replace(/^(\w+: )?(\w+(?:\(.*?\))?) @(skip|include)\(if: \S+\)/, '$2')
  const roots = kind === 'subscription' ? [plain()] : Array.from({ length: 1 + n(3) }, () => selection(root, 3))
  if (kind === 'query' && often(20)) {
    // The same selection at two places: where fetches are merged and their answers shared out.
    const twice = plain().replace(/^\w+: /, '')
    roots.push(`x: ${twice}`, `y: ${twice}`)
  }
  if (kind === 'query' && often(10)) roots.splice(n(roots.length + 1), 0, introspection())
  const head = definitions.length > 0 ? `(${definitions.join(', ')})` : ''
  return { text: `${kind} ${name}${head} { ${roots.join(' ')} } ${fragments.join(' ')}`, variables }
}
