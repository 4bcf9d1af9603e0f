import {
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** A made-up world: every value follows from the seed, the object's type and identity, the field and its arguments. */
export interface World {
  readonly seed: number
  /** Out of a thousand fields, how many are null where they may be, null where they must not be, or throw. */
  readonly nulls: number
  readonly faults: number
  /** Mutations in the order in which they ran. */
  readonly log: string[]
}

interface Thing {
  readonly __typename?: string
  readonly id?: string
  readonly [field: string]: unknown
}

/** FNV-1a, finished so that close texts are far apart. */
export const hash = (...parts: unknown[]): number => {
  let h = 0x811c9dc5
  const text = JSON.stringify(parts)
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const pools: Readonly<Record<string, readonly string[]>> = {
  Item: ['b1', 'b2', 'b3', 'f1', 'f2', 'z1'],
  Book: ['b1', 'b2', 'b3', 'b4'],
  Film: ['f1', 'f2', 'f3'],
  Person: ['p1', 'p2', 'p3', 'p4'],
  Review: ['r1', 'r2', 'r3'],
  SearchResult: ['b1', 'b2', 'f1', 'p1', 'p2'],
}

const typeOfId: Readonly<Record<string, string>> = { b: 'Book', f: 'Film', z: 'Zine', p: 'Person', r: 'Review' }

const strings = ['', 'a', 'deep "quoted"', '北京', '0']

const leaf = (name: string, h: number): unknown => {
  if (name === 'Int') return (h % 7) - 2
  if (name === 'Float') return (h % 9) / 2
  if (name === 'Boolean') return h % 2 === 0
  if (name === 'ID') return `o${h % 5}`
  if (name === 'Json') return [1, 'x', { k: [h % 3, null], constructor: true }, [], false][h % 5]
  return strings[h % strings.length]
}

const make = (type: GraphQLOutputType, h: number): unknown => {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return Array.from({ length: h % 4 }, (_, i) => make(nullable.ofType, hash(h, i)))
  if (isEnumType(nullable)) return nullable.getValues()[h % nullable.getValues().length]?.name
  if (nullable.name === 'OrderResult') return { __typename: h % 2 ? 'Order' : 'Refusal', own: h }
  const pool = pools[nullable.name]
  const id = pool?.[h % pool.length]
  if (id === undefined) return isObjectType(nullable) ? { __typename: nullable.name, own: h } : leaf(nullable.name, h)
  return { __typename: isAbstractType(nullable) ? typeOfId[id.charAt(0)] : nullable.name, id }
}

const computed: Readonly<Record<string, (thing: Thing) => unknown>> = {
  'Book.shipping': ({ price, weight }) => Number(price ?? 100) * 10 + Math.round(Number(weight)),
  'Book.label': ({ dims, price }) => `${JSON.stringify(dims)} at ${price}`,
}

const fate = (world: World, thing: Thing, args: unknown, info: GraphQLResolveInfo): unknown => {
  const { fieldName, parentType, returnType } = info
  // An object without id is known by the field it came from; the same field of another subgraph makes the same object.
  const identity = [parentType.name === 'Item' ? 'Item' : parentType.name, thing.id ?? thing['own'], fieldName, args]
  const h = hash(world.seed, ...identity)
  const strict = isNonNullType(returnType)
  const lot = hash(h, 'fate') % 1000
  if (lot < world.faults) {
    const message = `${identity.slice(0, 3).join()} failed`
    if (lot % 3 === 0) throw new Error(message)
    if (lot % 3 === 1) throw new GraphQLError(message, { extensions: { code: 'FORBIDDEN', lot } })
    return null
  }
  if (!strict && lot < world.faults + world.nulls) return null
  const own = computed[`${parentType.name}.${fieldName}`]
  return own ? own(thing) : make(returnType, h)
}

export const fieldResolver: GraphQLFieldResolver<Thing | undefined, World> = (source, args, world, info) => {
  if (info.operation.operation === 'mutation' && info.path.prev === undefined) world.log.push(info.fieldName)
  const { fieldName } = info
  if (source && Object.hasOwn(source, fieldName)) return source[fieldName]
  return fate(world, source ?? {}, args, info)
}

const reference = (typename: string) => ({
  __resolveReference: async (thing: Thing, world: World) => {
    const lot = hash(world.seed, 'reference', typename, thing.id) % 1000
    if (lot < world.faults / 2)
      throw new GraphQLError(`${typename} ${thing.id} is lost`, { extensions: { code: 'LOST' } })
    if (lot < world.nulls / 2) return null
    return typename === 'Item' ? { ...thing, __typename: typeOfId[String(thing.id).charAt(0)] } : thing
  },
})

const entities: Readonly<Record<string, readonly string[]>> = {
  catalog: ['Item', 'Book', 'Film', 'Zine', 'Person'],
  people: ['Person'],
  shop: ['Book', 'Film', 'Person'],
  reviews: ['Review', 'Person', 'Book'],
  ratings: ['Person'],
}

export const resolvers = (service: string) =>
  Object.fromEntries([
    ...(entities[service] ?? []).map((typename) => [typename, reference(typename)]),
    // An interface object keeps the name that this subgraph knows it by.
    ...(service === 'ratings'
      ? [['Item', { __resolveReference: (thing: Thing) => ({ ...thing, __typename: 'Item' }) }]]
      : []),
  ])
