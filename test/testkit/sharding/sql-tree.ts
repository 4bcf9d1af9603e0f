/** Words and signs of a statement; what stands in parentheses is a part of its own. Names are without their quotes. */
export type Sql = readonly (string | Sql)[]

const token = /\s*(?:"([^"]*)"|`([^`]*)`|('(?:[^']|'')*')|([\w$]+)|(<=|>=|<>|!=|\|\||.))/gsy

/** @throws for parentheses that do not match */
export function sqlTree(text: string): Sql {
  const stack: (string | Sql)[][] = [[]]
  for (const [, quoted, backticked, literal, word, sign] of text.trim().matchAll(token)) {
    const top = stack.at(-1) as (string | Sql)[] // checked below
    if (sign === '(') stack.push([])
    else if (sign === ')') {
      stack.pop()
      const outer = stack.at(-1)
      if (!outer) throw new SyntaxError(`a ) too many: ${text}`)
      outer.push(top)
    } else top.push(quoted ?? backticked ?? literal ?? (word ?? sign ?? '').toLowerCase())
  }
  if (stack.length !== 1) throw new SyntaxError(`a ( too many: ${text}`)
  return stack[0] as Sql // just counted
}

/** In one form, whatever the engine: no quotes, lower case, single spaces. */
export const plainSql = (text: string): string =>
  text.replaceAll(/["`]/g, '').replaceAll(/\s+/g, ' ').trim().toLowerCase()

/** The parts between `separator` words. With `between`, its own `and` separates nothing. */
export function splitBy(sql: Sql, separator: string): Sql[] {
  const parts: (string | Sql)[][] = [[]]
  let open = false
  for (const item of sql) {
    if (item === 'between') open = true
    if (item === separator && !(separator === 'and' && open)) parts.push([])
    else parts.at(-1)?.push(item)
    if (item === 'and') open = false
  }
  return parts
}

/** The clauses of a statement by their first word, such as `where`; what comes before the first of them is under ''. */
export function clauses(sql: Sql, words: readonly string[]): Map<string, Sql> {
  const found = new Map<string, (string | Sql)[]>([['', []]])
  let current = ''
  for (const item of sql)
    if (typeof item === 'string' && words.includes(item) && !found.has(item)) {
      current = item
      found.set(item, [])
    } else found.get(current)?.push(item)
  return found
}

/** Every part in parentheses, at any depth, that is a query. */
export function innerQueries(sql: Sql): Sql[] {
  return sql.flatMap((item) =>
    typeof item === 'string' ? [] : [...(item[0] === 'select' ? [item] : []), ...innerQueries(item)],
  )
}
