import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GraphQLError } from 'graphql'
import { SubscriptionPlanner } from './plan.ts'
import { bindRequest, primaryCall } from './request.ts'
import { deliveries, generation } from './testkit.ts'

const planner = new SubscriptionPlanner({ generation, deliveries })
const planOf = (query: string, name?: string) => {
  const plan = planner.plan(query, name)
  assert.ok(plan)
  return plan
}
const who = { viewer: { id: 1 }, origin: 'http://example.test' }

suite('plans', () => {
  test('the owner gets its own part only, with the variables that it uses', () => {
    const plan = planOf(
      'subscription S($room: String!, $style: String!) { heard(room: $room) { text author { name mood(style: $style) } } }',
    )
    assert.equal(plan.owner, 'chat')
    const request = bindRequest(plan, { room: 'hall', style: 'bad', more: 1 }, who)
    const { kind, operation, variables } = primaryCall(request, null)
    assert.equal(kind, 'subscription')
    assert.doesNotMatch(operation, /mood|style/)
    assert.deepEqual(variables, { room: 'hall' })
    assert.deepEqual(request.variables, { room: 'hall', style: 'bad' })
  })

  test('a variable may have any name', () => {
    const plan = planOf('subscription S($__proto__: String!) { heard(room: $__proto__) { text } }')
    const [hall, attic] = ['hall', 'attic'].map((room) =>
      bindRequest(plan, JSON.parse(`{ "__proto__": "${room}" }`), who),
    )
    assert.ok(hall && attic)
    assert.equal(JSON.stringify(primaryCall(hall, null).variables), '{"__proto__":"hall"}')
    assert.notEqual(hall.key, attic.key)
  })

  test('queries and mutations are left to others', () => {
    assert.equal(planner.plan('{ nonsense }'), undefined)
    assert.equal(planner.plan('query Q { a } subscription S { heard(room: "a") { text } }', 'Q'), undefined)
  })

  test('the same text is planned once, in any layout; each operation name is another plan', () => {
    const plan = planOf('subscription { counted(id: "1") { value } }')
    assert.equal(planOf('subscription { counted(id: "1") { value } }'), plan)
    assert.equal(planOf('subscription{counted(id:"1"){value}} # the same'), plan)
    const both = 'subscription A { counted(id: "1") { value } } subscription B { counted(id: "2") { value } }'
    assert.notEqual(planOf(both, 'A').key, planOf(both, 'B').key)
  })

  test('what can’t be planned is refused with a code of the protocol', () => {
    const refused: [query: string, code: string][] = [
      ['subscription {', 'GRAPHQL_PARSE_FAILED'],
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { private broken }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { private __typename }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { a: private b: private }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { ...F } fragment F on Subscription { ...F }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription($w: Boolean!) { private @include(if: $w) }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { ... @skip(if: false) { private } }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { ...F } fragment F on Subscription { private @skip(if: true) }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription A { private } subscription B { private }', 'OPERATION_RESOLUTION_FAILURE'],
      ['fragment F on Subscription { private }', 'OPERATION_RESOLUTION_FAILURE'],
    ]
    for (const [query, code] of refused)
      assert.throws(
        () => planner.plan(query),
        (error) => error instanceof GraphQLError && error.extensions['code'] === code,
        query,
      )
  })

  test('what would stay in memory for long has to be small', () => {
    const long = 'subscription($room: String!) { heard(room: $room) { text } }'
    assert.throws(() => bindRequest(planOf(long), { room: 'x'.repeat(10_000) }, who), { code: 'LIMIT_EXCEEDED' })
    const fields = Array.from({ length: 1_000 }, (_, n) => `${'a'.repeat(20)}${n}: text`).join(' ')
    assert.throws(() => planner.plan(`subscription { heard(room: "a") { ${fields} } }`), { code: 'LIMIT_EXCEEDED' })
    assert.ok(planner.plan(`${long} # ${'x'.repeat(30_000)}`))
  })

  test('names are suggested only to those who may know them', () => {
    const production = new SubscriptionPlanner({ generation, suggestions: false })
    assert.throws(() => planner.plan('subscription { privat }'), /private/)
    assert.throws(
      () => production.plan('subscription { privat }'),
      (error) => error instanceof Error && !error.message.includes('private'),
    )
  })

  test('variables that do not fit are the client’s fault', () => {
    const plan = planOf('subscription($id: ID!) { counted(id: $id) { value } }')
    for (const variables of [{}, { id: null }, { id: { a: 1 } }])
      assert.throws(() => bindRequest(plan, variables, who), { extensions: { code: 'BAD_USER_INPUT' } })
  })
})

suite('cursors', () => {
  test('the cursor comes from wherever the client wrote it, and replaces it for the owner', () => {
    const given: [query: string, variables: Record<string, unknown>, after: string | null][] = [
      ['subscription { said(room: "a") { text } }', {}, null],
      ['subscription { said(room: "a", after: null) { text } }', {}, null],
      ['subscription { said(room: "a", after: "5") { text } }', {}, '5'],
      ['subscription($c: String) { said(room: "a", after: $c) { text } }', { c: '6' }, '6'],
      ['subscription($c: String = "7") { said(room: "a", after: $c) { text } }', {}, '7'],
      ['subscription { ...F } fragment F on Subscription { ... { x: said(after: "8", room: "a") { text } } }', {}, '8'],
    ]
    for (const [query, variables, after] of given) {
      const request = bindRequest(planOf(query), variables, who)
      assert.equal(request.after, after)
      const call = primaryCall(request, 'elsewhere')
      assert.deepEqual(Object.values(call.variables), ['elsewhere'])
      assert.match(call.operation, /:\s*cursor\b/)
    }
  })

  test('where a request begins makes it no other request, unless the same variable says something else too', () => {
    const keys = (query: string) => ['1', '2'].map((c) => bindRequest(planOf(query), { c }, who).key)
    assert.equal(new Set(keys('subscription($c: String) { said(room: "a", after: $c) { text } }')).size, 1)
    assert.equal(new Set(keys('subscription($c: String!) { said(room: $c, after: $c) { text } }')).size, 2)
  })

  test('a table that does not fit the schema is refused', () => {
    const refused = [
      { nothing: 'latest' },
      { said: { argument: 'room', field: 'cursor' } },
      { said: { argument: 'before', field: 'cursor' } },
    ] as const
    for (const deliveries of refused)
      assert.throws(() => new SubscriptionPlanner({ generation, deliveries }), /there is no|has no/)
  })
})

test('everyone shares what is meant for everyone, unless something in it depends on the viewer', () => {
  const audiences = { everyone: ['counted', 'said'], personal: ['User.known'] }
  const planner = new SubscriptionPlanner({ generation, audiences })
  const shared = (query: string) => {
    const plan = planner.plan(query)
    assert.ok(plan)
    const [one, other] = [1, 2].map((id) => bindRequest(plan, {}, { ...who, viewer: { id } }))
    assert.equal(one?.viewer === null, plan.forEveryone)
    return one?.key === other?.key
  }
  assert.equal(shared('subscription { counted(id: "1") { value by { name } } }'), true)
  assert.equal(shared('subscription { counted(id: "1") { value by { ...F } } } fragment F on User { k: known }'), false)
  assert.equal(shared('subscription { said(room: "a") { author { ... { known } } } }'), false)
  assert.equal(shared('subscription { heard(room: "a") { text } }'), false)
  for (const wrong of [
    { everyone: ['nothing'], personal: [] },
    { everyone: [], personal: ['User.nothing'] },
  ])
    assert.throws(() => new SubscriptionPlanner({ generation, audiences: wrong }), /there is no field/)
})

test('requests are equal when everything that events depend on is', () => {
  const plan = planOf(
    'subscription($room: String!, $style: String) { heard(room: $room) { author { mood(style: $style) } } }',
  )
  const key = (variables: Record<string, unknown>, asker: Parameters<typeof bindRequest>[2] = who) =>
    bindRequest(plan, variables, asker).key
  const same = key({ room: 'a', style: 'b' })
  assert.equal(key({ style: 'b', room: 'a', other: 1 }), same)
  const others = [
    key({ room: 'b', style: 'b' }),
    key({ room: 'a' }),
    key({ room: 'a', style: 'b' }, { ...who, viewer: { id: 2 } }),
    key({ room: 'a', style: 'b' }, { ...who, viewer: null }),
    key({ room: 'a', style: 'b' }, { ...who, origin: 'http://other.test' }),
  ]
  assert.equal(new Set([same, ...others]).size, 6)
})

test('plans are kept by what they weigh: heavy ones make room for each other, and many light ones have it', () => {
  const planner = new SubscriptionPlanner({ generation, deliveries })
  const plan = (prefix: string, fields: number) =>
    planner.plan(
      `subscription { heard(room: "a") { ${Array.from({ length: fields }, (_, n) => `${prefix}_${n}: text`).join(' ')} } }`,
    )
  const light = plan('light', 1)
  for (let n = 0; n < 50; n++) plan(`light${n}`, 1)
  assert.equal(plan('light', 1), light)
  for (let n = 0; n < 15; n++) plan(`heavy${n}`, 500)
  assert.equal(plan('heavy14', 500), plan('heavy14', 500))
  assert.notEqual(plan('light', 1), light)
})
