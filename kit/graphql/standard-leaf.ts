/** Source of a test that is true for values which a response may carry as they are; undefined for a type of one's own. */
export function standardLeafTest(type: string, value: string): string | undefined {
  switch (type) {
    case 'String':
    case 'ID':
      return `typeof ${value} === 'string'`
    case 'Int':
      return `typeof ${value} === 'number' && (${value} | 0) === ${value}` // of a bigint or a symbol `|` would throw
    case 'Float':
      return `typeof ${value} === 'number' && Number.isFinite(${value})`
    case 'Boolean':
      return `(${value} === true || ${value} === false)`
    default:
      return undefined
  }
}
