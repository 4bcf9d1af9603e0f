import { GraphQLScalarType, Kind } from 'graphql'
import { errors } from '../errors.ts'

/** Milliseconds since 1970 inside, RFC 3339 text in UTC outside. */
export const dateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  serialize: (value) => new Date(value as number).toISOString(),
  parseValue: (value) => toMilliseconds(value),
  parseLiteral: (node) => toMilliseconds(node.kind === Kind.STRING ? node.value : undefined),
})

function toMilliseconds(value: unknown): number {
  const text =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) ? value : ''
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw errors.invalid('DateTime', 'not an RFC 3339 date and time')
  return ms
}
