import fc, { type GeneratorValue } from 'fast-check'
import { type GraphQLSchema, isCompositeType, isUnionType } from 'graphql'

export interface Asked {
  readonly text: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** An operation on the world's schema, mostly valid: the caller drops those with conflicting fields. */
export function operation(g: GeneratorValue, kind: 'query' | 'mutation', schema: GraphQLSchema): Asked {
  const one = <T>(from: readonly T[]): T => from[g(fc.nat, { max: from.length - 1 })] as T // never of nothing
  const often = (percent: number) => g(fc.nat, { max: 99 }) < percent
  const variables: Record<string, unknown> = {}
  const definitions: string[] = []
  let names = 0
  const variable = (type: string, value: unknown, fallback?: string) => {
    const name = `v${definitions.length}`
    definitions.push(`$${name}: ${type}${fallback === undefined ? '' : ` = ${fallback}`}`)
    if (fallback === undefined || often(50)) variables[name] = value
    return `$${name}`
  }
  const directive = () => {
    if (often(90)) return ''
    const flag = [
      () => 'true',
      () => 'false',
      () => variable('Boolean!', often(50)),
      () => variable('Boolean!', true, 'false'),
    ]
    return ` @${one(['skip', 'include'])}(if: ${one(flag)()})`
  }
  const literals: Readonly<Record<string, readonly (() => string)[]>> = {
    Int: [
      () => '1',
      () => variable('Int!', 2),
      () => variable('Int', often(50) ? null : 0, '3'),
      () => (often(5) ? variable('Int!', 'x') : '2'),
    ],
    Boolean: [() => 'true', () => variable('Boolean', often(50), 'true')],
    Near: [() => '{ x: 2 }', () => '{ moods: [GOOD] }', () => variable('Near', { moods: ['BAD'] }), () => 'null'],
    ID: [() => '"a"', () => variable('ID!', '1')],
    String: [() => '"a"', () => variable('String', null)],
  }
  const value = (type: string): string => one(literals[type.replace('!', '')] ?? [() => 'null'])()
  const selections = (typename: string, depth: number): string => {
    const type = schema.getType(typename)
    const fields = isCompositeType(type) && !isUnionType(type) ? Object.values(type.getFields()) : []
    const usable = fields.filter(({ name }) => !name.startsWith('_'))
    const count = 1 + g(fc.nat, { max: 3 })
    const parts = Array.from({ length: count }, () => {
      if (often(10)) return `${one(['', 'kind: '])}__typename`
      const possible =
        type && 'getTypes' in type
          ? ['Person', 'Place']
          : typename === 'Named'
            ? ['Person', 'Place', 'Named']
            : [typename, ...(['Person', 'Place'].includes(typename) ? ['Named'] : [])]
      if (usable.length === 0 || often(15)) {
        const on = one(possible)
        return depth > 0
          ? `...${often(20) && on === typename ? '' : ` on ${on}`}${directive()} { ${selections(on, depth - 0.5)} }`
          : '__typename'
      }
      const field = one(usable)
      const inner = String(field.type).replace(/[![\]]/g, '')
      const composite = ['Person', 'Place', 'Named', 'Found'].includes(inner)
      if (composite && depth <= 0) return '__typename'
      const args = field.args.flatMap((arg) =>
        (!String(arg.type).endsWith('!') || arg.defaultValue !== undefined) && often(50)
          ? []
          : [`${arg.name}: ${value(String(arg.type))}`],
      )
      // Mostly a name of its own: two fields of one response name are seldom valid.
      const alias = often(60)
        ? `f${names++}: `
        : often(20)
          ? `${one(['a', '__proto__', 'constructor', 'toString'])}: `
          : ''
      return `${alias}${field.name}${args.length > 0 ? `(${args.join(' ')})` : ''}${directive()}${composite ? ` { ${selections(inner, depth - 1)} }` : ''}`
    })
    return parts.join(' ')
  }
  const roots =
    kind === 'query' && often(50)
      ? `_entities(representations: ${variable(
          '[_Any!]!',
          Array.from({ length: g(fc.nat, { max: 4 }) }, () => ({
            __typename: one(['Person', 'Place']),
            id: String(g(fc.nat, { max: 30 })),
          })),
        )}) { ... on Person${directive()} { ${selections('Person', 2)} } ... on Place${directive()} { ${selections('Place', 2)} } }`
      : selections(kind === 'query' ? 'Query' : 'Mutation', 3)
  const head = definitions.length > 0 ? `(${definitions.join(' ')})` : ''
  return { text: `${kind} ${head} { ${roots} }`, variables }
}
