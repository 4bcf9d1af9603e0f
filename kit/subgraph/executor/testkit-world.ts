import assert from 'node:assert/strict'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, isObjectType, parse } from 'graphql'
import { withEntities } from '../entities.ts'

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
  scalar Even
  enum Mood { GOOD BAD }
  interface Named { name(upper: Boolean = false): String! }
  union Found = Person | Place
  input Near { x: Int! = 1, moods: [Mood!] }
  type Person implements Named @key(fields: "id") {
    id: ID!
    name(upper: Boolean = false): String!
    age: Int
    height: Float
    mood: Mood
    even: Even
    friends(first: Int! = 2): [Person!]!
    foes: [Person]
    grid: [[Int!]]
    home: Place
    must: Place!
    met: [Found!]
    idol: Named
  }
  type Place implements Named @key(fields: "id") { id: ID! name(upper: Boolean = false): String! near(to: Near): [Place!] owner: Person! }
  type Query { person(id: ID!): Person someone: Person! found(n: Int! = 3): [Found] named: Named! }
  type Mutation { rename(id: ID!, name: String): Person visit: Place! count: Int! }
`)

/** FNV-1a: what a field gives follows from the world and the place in the answer. */
const hash = (...parts: unknown[]): number => {
  let h = 0x811c9dc5
  const text = JSON.stringify(parts)
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

/** What every field gives follows from the seed, the object, and the place in the answer. */
export interface World {
  readonly seed: number
  readonly log: string[]
}

const late = (value: unknown, ticks: number): unknown =>
  Array.from({ length: ticks }).reduce<unknown>((waiting) => Promise.resolve(waiting).then((it) => it), value)

const make = (type: string, h: number): unknown => {
  if (type.endsWith('!')) return make(type.slice(0, -1), h)
  if (type.startsWith('['))
    return Array.from({ length: h % 4 }, (_, i) => {
      const lot = hash(h, i)
      const item = lot % 29 === 0 ? null : lot % 31 === 0 ? new Error(`item ${i}`) : make(type.slice(1, -1), lot)
      return lot % 3 === 0 ? late(item, (lot >> 3) % 3) : item
    })
  if (type === 'Int') return [1, 0, -5, 'x', 2 ** 40, 1.5][h % (h % 9 === 0 ? 6 : 3)]
  if (type === 'Float') return [0.5, 3, Number.NaN][h % (h % 9 === 0 ? 3 : 2)]
  if (type === 'ID') return [1, 'a', 2.5][h % (h % 9 === 0 ? 3 : 2)]
  if (type === 'Mood') return ['GOOD', 'BAD', 'UGLY'][h % (h % 9 === 0 ? 3 : 2)]
  if (type === 'Even') return h % 20
  if (type === 'String') return ['', '北京', 7, true][h % 4]
  const names = { Named: ['Person', 'Place'], Found: ['Place', 'Person'] }[type]
  const typename = names?.[h % 2] ?? type
  return { __typename: h % 37 === 0 ? ['Nothing', 'Mood', 'Query', undefined][h % 4] : typename, own: h }
}

function fate(world: World, source: unknown, field: string, args: unknown, type: string, path: unknown): unknown {
  const h = hash(world.seed, source, field, args, path)
  const lot = h % 100
  if (lot < 4) throw new Error(`${field} failed`)
  const value =
    lot < 8 ? null : lot < 10 ? new Error(`${field} is an error`) : lot < 12 ? 'not what it should be' : make(type, h)
  if (lot % 3 !== 0) return value
  return late(lot % 7 === 0 ? Promise.reject(new Error(`${field} failed later`)) : value, h % 4)
}

const pathIn = (path: { prev: unknown; key: unknown } | undefined): unknown[] =>
  path ? [...pathIn(path.prev as never), path.key] : []

/** A subgraph whose fields give values, nulls, faults and what they must not give, now or later. */
export function schemaOf(): GraphQLSchema {
  const reference = (typename: string) => ({
    __resolveReference: ({ id }: { id: string }, { seed }: World) => {
      const lot = hash(seed, typename, id) % 20
      if (lot === 0) throw new Error(`${typename} ${id} is lost`)
      const found = lot === 1 ? null : { id, own: lot }
      return lot % 2 === 0 ? Promise.resolve(found) : found
    },
  })
  const resolvers = { Person: reference('Person'), Place: reference('Place') }
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }])
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type) && !type.name.startsWith('_'))
      for (const field of Object.values(type.getFields()))
        if (!field.name.startsWith('_'))
          field.resolve = (source, args, world: World, info) => {
            if (info.parentType.name === 'Mutation') world.log.push(`${info.path.key}`)
            assert.equal(info.fieldName, field.name)
            assert.equal(info.returnType, field.type)
            assert.equal(info.schema, schema)
            return fate(world, source, field.name, args, String(field.type), pathIn(info.path))
          }
  const even = schema.getType('Even')
  assert.ok(even && 'serialize' in even)
  even.serialize = (value) => {
    if (Number(value) % 2 !== 0) throw new Error(`${value} is odd`)
    return value
  }
  const named = schema.getType('Named')
  assert.ok(named && 'resolveType' in named)
  named.resolveType = (value: { __typename?: string; own: number }) =>
    value.own % 2 === 0 ? Promise.resolve(value.__typename) : value.__typename
  return withEntities(schema, resolvers)
}
