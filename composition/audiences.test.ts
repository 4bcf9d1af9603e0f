import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildSchema, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { apiSchemaOf } from '../schema/compose.ts'
import { audiences } from './audiences.ts'

const schema = buildSchema(apiSchemaOf(readFileSync(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8')))

/** Types that can be reached from a field of the subscription type. */
function typesBehind(name: string): Set<GraphQLObjectType> {
  const seen = new Set<GraphQLObjectType>()
  const visit = (type: unknown) => {
    if (!isObjectType(type) || seen.has(type)) return
    seen.add(type)
    for (const field of Object.values(type.getFields())) visit(getNamedType(field.type))
  }
  visit(getNamedType(schema.getSubscriptionType()?.getFields()[name]?.type ?? assert.fail(name)))
  return seen
}

test('whatever speaks of the viewer keeps a subscription from being shared by all', () => {
  const personal = audiences.everyone
    .flatMap((name) => [...typesBehind(name)])
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))
    .filter(({ name, field }) => /viewer/i.test(`${name} ${field.description}`))
  assert.deepEqual(new Set(audiences.personal), new Set(personal.map(({ name }) => name)))
})
