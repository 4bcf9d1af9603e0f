import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { apiSchemaOf, compose } from './compose.ts'

const committed = readFileSync(new URL('supergraph.graphql', import.meta.url), 'utf8')

test('the committed supergraph is what the seven files compose to', async () => {
  assert.equal(await compose(), committed)
})

test('every type and field that a client sees is described', () => {
  const schema = buildSchema(apiSchemaOf(committed))
  const silent = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) return []
    const isRoot = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(
      type as never,
    ) // only compared
    const own = type.description || isRoot || isInputObjectType(type) ? [] : [type.name]
    const parts =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : []
    return [...own, ...parts.filter((part) => !part.description).map((part) => `${type.name}.${part.name}`)]
  })
  assert.deepEqual(silent, [])
  assert.ok(schema.description)
})
