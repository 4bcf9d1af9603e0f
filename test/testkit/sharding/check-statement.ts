import { exceptions, shardKeys } from './shard-keys.ts'
import { clauses, innerQueries, plainSql, type Sql, splitBy, sqlTree } from './sql-tree.ts'

const domainOf = new Map(
  Object.entries(shardKeys).flatMap(([domain, tables]) => Object.keys(tables).map((table) => [table, domain] as const)),
)
const keyOf = new Map(Object.values(shardKeys).flatMap((tables) => Object.entries(tables)))

/** A table under its name in the statement; keys written into the statement itself are a table without a name. */
interface Source {
  readonly table: string | undefined
  readonly alias: string
}

const clauseWords = ['from', 'where', 'group', 'having', 'order', 'limit', 'offset', 'for', 'set', 'values']
const joinWords = ['left', 'right', 'inner', 'outer', 'cross', 'straight_join']

/**
 * What keeps a statement from running on a sharded database: a missing shard key, a join of two domains, OFFSET, a table
 * that no domain owns. Empty when it is fine.
 */
export function faultsOf(text: string): string[] {
  const plain = plainSql(text)
  if (
    !/^(select|update|delete|insert|replace)\b/.test(plain) ||
    /\b(information_schema|get_lock|release_lock)\b/.test(plain)
  )
    return []
  const faults = /\boffset\b/.test(plain) ? ['has an OFFSET'] : []
  const tree = sqlTree(text)
  const domains = new Set<string>()
  for (const query of [tree, ...innerQueries(tree)])
    for (const part of splitBy(query, 'union')) {
      const sources = sourcesOf(part)
      for (const { table } of sources) {
        if (table === undefined) continue
        const domain = domainOf.get(table)
        if (domain) domains.add(domain)
        else faults.push(`${table} is a table of no domain in shard-keys.ts`)
      }
      faults.push(...unkeyed(part, sources))
    }
  if (domains.size > 1) faults.push(`joins the domains ${[...domains].join(', ')}`)
  if (faults.length > 0 && exceptions.some(({ statement }) => statement.test(plain))) return []
  return [...new Set(faults)]
}

function sourcesOf(part: Sql): Source[] {
  const [verb] = part
  if (verb === 'insert' || verb === 'replace') return [named(part.slice(part.indexOf('into') + 1))]
  if (verb === 'update') return [named(part.slice(1))]
  const from = clauses(part, clauseWords).get('from') ?? []
  return splitBy(from, 'join').flatMap((joined) =>
    splitBy(clauses(joined, ['on']).get('') ?? [], ',').flatMap(sourceOf),
  )
}

const sourceOf = (words: Sql): Source[] => {
  const hint = words.indexOf('force')
  const plain = (hint < 0 ? words : words.slice(0, hint)).filter(
    (word) => typeof word !== 'string' || !joinWords.includes(word),
  )
  return plain.length === 0 ? [] : [named(plain)]
}

function named([first, ...rest]: Sql): Source {
  const [alias] = rest.filter((word) => word !== 'as' && typeof word === 'string' && !clauseWords.includes(word))
  if (typeof first !== 'string') return { table: undefined, alias: String(alias) }
  return { table: first, alias: typeof alias === 'string' ? alias : first }
}

function unkeyed(part: Sql, sources: readonly Source[]): string[] {
  const [verb] = part
  const tables = sources.filter(({ table }) => table !== undefined && keyOf.has(table))
  if (verb === 'insert' || verb === 'replace') {
    const columns = part[part.indexOf('into') + 2]
    return tables.flatMap(({ table = '' }) =>
      Array.isArray(columns) && columns.includes(keyOf.get(table))
        ? []
        : [`inserts into ${table} without its shard key`],
    )
  }
  const found = clauses(part, clauseWords)
  const joins = splitBy(found.get('from') ?? [], 'join').map((joined) => clauses(joined, ['on']).get('on') ?? [])
  const conditions = [found.get('where') ?? [], ...joins].filter((condition) => condition.length > 0)
  // Keys in a table that is written into the statement bind nothing: Vitess asks every shard then, and locks no row.
  const bound = new Set<Source>()
  for (let size = -1; size !== bound.size; ) {
    size = bound.size
    for (const source of tables)
      if (conditions.some((condition) => binds(condition, source, sources, bound))) bound.add(source)
  }
  return tables.filter((source) => !bound.has(source)).map(({ table }) => `${table} is not looked up by its shard key`)
}

/** Whether a condition lets rows of only those shards pass that it names. */
function binds(condition: Sql, source: Source, sources: readonly Source[], bound: ReadonlySet<Source>): boolean {
  const either = splitBy(condition, 'or')
  if (either.length > 1) return either.every((part) => binds(part, source, sources, bound))
  const all = splitBy(condition, 'and')
  if (all.length > 1) return all.some((part) => binds(part, source, sources, bound))
  const [only] = condition
  if (condition.length === 1 && only !== undefined && typeof only !== 'string')
    return binds(only, source, sources, bound)

  const at = condition.findIndex((word) => word === '=' || word === 'in')
  if (at < 0 || condition.includes('not')) return false
  const [row] = condition
  // Of several columns that are looked up together, any may be the shard key.
  if (at === 1 && row !== undefined && typeof row !== 'string')
    return splitBy(row, ',').some((column) => binds([...column, ...condition.slice(1)], source, sources, bound))
  const left = columnOf(condition.slice(0, at), sources)
  const right = columnOf(condition.slice(at + 1), sources)
  return [
    [left, right],
    [right, left],
  ].some(([mine, other]) => {
    if (mine?.source !== source || mine.column !== keyOf.get(source.table ?? '')) return false
    if (!other) return true // a value, or several
    return bound.has(other.source) && other.column === keyOf.get(other.source.table ?? '')
  })
}

function columnOf(words: Sql, sources: readonly Source[]): { source: Source; column: string } | undefined {
  const [first, dot, column] = words
  if (dot === '.' && typeof column === 'string') {
    const source = sources.find(({ alias }) => alias === first)
    return source && { source, column }
  }
  const [only] = sources
  if (words.length !== 1 || typeof first !== 'string' || !/^[a-z_]+$/.test(first) || sources.length !== 1 || !only)
    return undefined
  return { source: only, column: first }
}
