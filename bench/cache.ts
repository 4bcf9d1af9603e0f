/**
 * Reads users through the cache, spread as zipf(1.0), and counts the SQL behind it; then lets a herd read one cold user.
 * node bench/cache.ts [users=100000] [reads=300000]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chunks } from '../kit/batch.ts'
import type { Cache } from '../kit/cache/cache.ts'
import { MemoryCache } from '../kit/cache/memory.ts'
import { openDatabase } from '../kit/database/database.ts'
import { migrate } from '../kit/database/migrate.ts'
import { CachedUsers } from '../subgraphs/user/cached-store.ts'
import { createUser } from '../subgraphs/user/migrations/0001-create-user.ts'
import { UserStore } from '../subgraphs/user/store.ts'

const [users = 100_000, reads = 300_000] = process.argv.slice(2).map(Number)
const pageLength = 30

/** The sum of the shares of the `most` most popular of `users`: what the best cache of that size can answer. */
const harmonic = (n: number) => Math.log(n) + 0.5772156649 + 1 / (2 * n)
const bound = (entries: number) => (entries >= users ? 1 : harmonic(entries) / harmonic(users))

/** Ranks with the probability 1/rank, by inversion of the distribution; seeded, so that every run reads the same. */
function zipf(seed = 1): () => number {
  const cumulative = new Float64Array(users)
  let sum = 0
  for (let rank = 1; rank <= users; rank++) cumulative[rank - 1] = sum += 1 / rank
  let state = seed
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = users - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulative[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

const folder = await mkdtemp(join(tmpdir(), 'bench-cache-'))
let statements = 0
const db = await openDatabase({ url: `sqlite:${join(folder, 'db')}`, onStatement: () => statements++ })
await migrate(db, 'user', [createUser])
const rows = Array.from({ length: users }, (_, n) => ({
  ...{ id: n + 1, name: `user ${n + 1}`, password_hash: '', session_version: 1 },
  ...{ avatar: '', background: '', signature: 'a line about myself' },
}))
await db.transaction().execute(async (tx) => {
  for (const some of chunks(rows, 1_000)) await tx.insertInto('user').values(some).execute()
})

async function readPages(cache: Cache): Promise<{ hitRate: number; statementsPerPage: number; microseconds: number }> {
  const profiles = new CachedUsers(new UserStore(db), cache)
  const next = zipf()
  const page = () => profiles.byId([...new Set(Array.from({ length: pageLength }, next))])
  const pages = Math.round(reads / pageLength)
  for (let n = 0; n < pages; n++) await page() // until the cache is full of what is popular
  const before = { ...cache.counters, statements }
  const start = performance.now()
  for (let n = 0; n < pages; n++) await page()
  const misses = cache.counters.misses - before.misses
  return {
    // A user that is twice on a page is looked up once, and counts as two reads.
    hitRate: 1 - misses / (pages * pageLength),
    statementsPerPage: (statements - before.statements) / pages,
    microseconds: ((performance.now() - start) * 1_000) / pages,
  }
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`
console.log(`zipf(1.0) over ${users} users, pages of ${pageLength}, ${reads} reads after as many to warm up`)
for (const share of [0.05, 0.2, 0.5, 0.9]) {
  const entries = Math.round(users * share)
  const cache = new MemoryCache({ maxEntries: entries, maxBytes: Number.MAX_SAFE_INTEGER })
  const { hitRate, statementsPerPage, microseconds } = await readPages(cache)
  console.log(
    `cache of ${percent(share)}: hit rate ${percent(hitRate)} (no cache of this size has more than ${percent(bound(entries))}), ` +
      `${statementsPerPage.toFixed(2)} statements and ${microseconds.toFixed(0)} µs for a page`,
  )
}

const herd = new CachedUsers(new UserStore(db), new MemoryCache())
const before = statements
const answers = await Promise.all(Array.from({ length: 2_000 }, () => herd.byId([users])))
console.log(`2,000 readers of one cold user: ${answers.flat().length} answers, ${statements - before} statement`)

await db.destroy()
await rm(folder, { recursive: true })
