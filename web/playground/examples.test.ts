import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildSchema, parse, validate } from 'graphql'
import { apiSchemaOf } from '../../schema/compose.ts'

test('every example of the playground is valid by the schema', () => {
  const sdl = apiSchemaOf(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'))
  const schema = buildSchema(sdl)
  const files = globSync('examples/*.graphql', { cwd: import.meta.dirname })
  assert.ok(files.length > 0)
  for (const file of files)
    assert.deepEqual(validate(schema, parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))), [], file)
})
