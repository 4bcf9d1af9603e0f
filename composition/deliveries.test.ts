import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildSchema } from 'graphql'
import { apiSchemaOf } from '../schema/compose.ts'
import { deliveries } from './deliveries.ts'

const schema = buildSchema(apiSchemaOf(readFileSync(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8')))

test('each subscription says what it promises: none ends when its owner restarts', () => {
  const fields = Object.keys(schema.getSubscriptionType()?.getFields() ?? {})
  assert.deepEqual(Object.keys(deliveries).sort(), fields.sort())
  for (const [name, delivery] of Object.entries(deliveries)) assert.notEqual(delivery, 'resume', name)
})
