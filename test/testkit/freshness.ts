import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'

/** Values that change in versions, written and read through several processes. */
export interface Versioned<Process, Value> {
  /** Makes a version, counted from 1 for each key. */
  write(process: Process, key: number, version: number): Promise<unknown>
  read(process: Process, key: number): Promise<Value>
  /** What there is to read once a version is written; version 0 is there before the first write. */
  valueAt(version: number): Value
}

export interface FreshnessOptions<Process, Value> extends Versioned<Process, Value> {
  readonly processes: readonly Process[]
  readonly keys: readonly number[]
  /** Each key has one writer, which goes on at least this often and until `until` has settled. */
  readonly writes: number
  readonly until?: Promise<unknown>
  /** In each process. */
  readonly readers?: number
}

/**
 * Lets writers and readers of all processes run at once.
 * @throws when a reader sees what was over before it asked, or a process something old at the end
 */
export async function assertFresh<Process, Value>(options: FreshnessOptions<Process, Value>): Promise<number> {
  const { processes, keys, writes, until = Promise.resolve(), readers = 4, write, read, valueAt } = options
  const started = new Map(keys.map((key) => [key, 0]))
  const answered = new Map(keys.map((key) => [key, 0]))
  const versionOf = (versions: Map<number, number>, key: number) => versions.get(key) ?? 0
  let over = false
  let writing = true
  let reads = 0
  const at = (n: number) => processes[n % processes.length] as Process // not empty

  const writer = async (key: number) => {
    for (let version = 1; version <= writes || !over; version++) {
      await turn() // SQLite and a hit in memory take none, and would leave the others none
      started.set(key, version)
      await write(at(version + key), key, version)
      answered.set(key, version)
    }
  }
  const check = async (process: Process, key: number) => {
    const first = versionOf(answered, key)
    const seen = await read(process, key)
    const last = versionOf(started, key)
    const allowed = Array.from({ length: last - first + 1 }, (_, n) => valueAt(first + n))
    assert.ok(allowed.includes(seen), `${key} was read as ${seen}, but was ${allowed}`)
  }
  const reader = async (process: Process, n: number) => {
    for (let next = n; writing; next++) {
      await turn()
      await check(process, keys[next % keys.length] as number) // in range
      reads++
    }
  }
  const reading = Promise.all(
    processes.flatMap((process) => Array.from({ length: readers }, (_, n) => reader(process, n))),
  )
  reading.catch(() => {
    over = true // the writers may stop; it is thrown below
  })
  const settled = until.finally(() => {
    over = true
  })
  try {
    await Promise.all([...keys.map(writer), settled])
  } finally {
    over = true
    writing = false
    await reading
  }
  for (const process of processes) for (const key of keys) await check(process, key)
  return reads
}
