import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getIntrospectionQuery } from 'graphql'
import { LimitGuard } from './limits.ts'

const limits = { tokens: 200, depth: 5, aliases: 3, rootFields: 2, selections: 20 }
const refused = (query: string, subject: string) =>
  assert.throws(
    () => new LimitGuard(limits).check(query),
    (error: Error) => {
      assert.match(error.message, new RegExp(`^${subject} is more than`))
      assert.ok('code' in error && error.code === 'LIMIT_EXCEEDED')
      return true
    },
  )

describe('request limits', () => {
  test('an ordinary operation passes, again and again', () => {
    const guard = new LimitGuard(limits)
    for (let n = 0; n < 3; n++) guard.check('{ feed { nodes { id author { name } } } }')
  })
  test('too many tokens', () => refused(`{ ${'a '.repeat(300)} }`, 'tokens'))
  test('too deep', () => refused('{ a { b { c { d { e { f } } } } } }', 'depth'))
  test('too deep through fragments', () =>
    refused('{ a { ...x } } fragment x on T { b { c { ...y } } } fragment y on T { d { e { f } } }', 'depth'))
  test('too many aliases', () => refused('{ r { a: x b: x c: x d: x } }', 'aliases'))
  test('too many root fields', () => refused('{ a b c }', 'root fields'))
  test('too many root fields through fragments', () =>
    refused('{ ...x ...y } fragment x on Query { a } fragment y on Query { b ... on Query { c } }', 'root fields'))
  test('fragments that double each other are counted expanded', () =>
    refused(
      `{ a { ...f0 } } ${[0, 1, 2, 3, 4].map((n) => `fragment f${n} on T { ...f${n + 1} ...f${n + 1} }`).join(' ')} fragment f5 on T { x }`,
      'selections',
    ))
  test('a small document that would expand to billions is refused at once', () => {
    const levels = Array.from({ length: 40 }, (_, n) => `fragment f${n} on T { ...f${n + 1} ...f${n + 1} }`)
    assert.throws(() => new LimitGuard().check(`{ a { ...f0 } } ${levels.join(' ')} fragment f40 on T { x }`), {
      code: 'LIMIT_EXCEEDED',
    })
  })
  test('a fragment inside itself is refused', () => refused('{ a { ...x } } fragment x on T { b { ...x } }', 'depth'))
  test('text that is no GraphQL is left to the parser', () => new LimitGuard(limits).check('{ a '))
  test('long texts and texts that are no GraphQL are not remembered, nor more of others than a megabyte', () => {
    const guard = new LimitGuard()
    guard.check('{ a ')
    guard.check(`{ a } # ${'x'.repeat(20_000)}`)
    assert.deepEqual(guard.remembered, { texts: 0, characters: 0 })
    for (let n = 0; n < 200; n++) guard.check(`{ a } # ${n} ${'x'.repeat(9_000)}`)
    const { texts, characters } = guard.remembered
    assert.ok(texts > 50 && characters <= 1_000_000, `${texts} texts of ${characters} characters`)
  })
  test('the ordinary limits let the standard question about the schema pass', () =>
    new LimitGuard().check(getIntrospectionQuery()))
})
