import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '../../../kit/bus/memory.ts'
import { createLog } from '../../../kit/log.ts'
import { eventually } from '../../../test/testkit/eventually.ts'
import type { Log, LogEntry, LogHead } from './log.ts'
import { LogWatch } from './watch.ts'

/** A log of which only the heads are asked. */
class Heads implements Log<LogEntry> {
  readonly asked: (readonly number[])[] = []
  readonly at = new Map<number, LogHead>()
  away = false

  channel(userId: number) {
    return `log:${userId}`
  }

  async heads(userIds: readonly number[]) {
    this.asked.push(userIds)
    if (this.away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    return userIds.map((userId) => this.at.get(userId))
  }

  openHeads(): Promise<LogHead[]> {
    throw new Error('not asked')
  }

  pages(): Promise<undefined[]> {
    throw new Error('not asked')
  }
}

function watcher() {
  const hints: (number | undefined)[] = []
  const looks: (LogHead | undefined)[] = []
  const appended: LogEntry[] = []
  return {
    hints,
    looks,
    appended,
    hint(seq?: number) {
      hints.push(seq)
    },
    append(entries: readonly LogEntry[]) {
      appended.push(...entries)
    },
    look(head: LogHead | undefined) {
      looks.push(head)
    },
  }
}

async function start(pollMs = 5) {
  const log = await createLog({ level: 'silent' })
  const bus = new MemoryBus({ log })
  const heads = new Heads()
  const watch = new LogWatch(heads, { bus, log, pollMs, random: () => 0.5 })
  return { heads, bus, watch, [Symbol.dispose]: () => watch.close() }
}

test('a watcher hears the hints for its log, with what they know, until it leaves', async () => {
  using started = await start(60_000)
  const { watch, bus } = started
  const [one, two] = [watcher(), watcher()]
  const leave = watch.watch(1, one)
  watch.watch(1, two)
  await bus.publish('log:1', { seq: 4 })
  await bus.publish('log:2', { seq: 9 })
  leave()
  await bus.publish('log:1', 'no number')
  assert.deepEqual([one.hints, two.hints], [[4], [4, undefined]])
})

test('a watcher gets what this process adds to its log, until it leaves', async () => {
  using started = await start(60_000)
  const { watch } = started
  const one = watcher()
  const leave = watch.watch(1, one)
  const entry = (seq: number) => ({ seq, id: seq * 10 })
  watch.grown(1, [entry(4), entry(5)])
  watch.grown(2, [entry(9)])
  leave()
  watch.grown(1, [entry(6)])
  assert.deepEqual(one.appended, [entry(4), entry(5)])
})

test('one look is for all watched logs, 500 a statement, and for none that were left', async () => {
  using started = await start()
  const { watch, heads } = started
  const leaves = Array.from({ length: 1_100 }, (_, userId) => watch.watch(userId, watcher()))
  await eventually(() => heads.asked.length >= 3)
  assert.deepEqual(
    heads.asked.slice(0, 3).map((userIds) => userIds.length),
    [500, 500, 100],
  )
  for (const leave of leaves.slice(1)) leave()
  await eventually(() => heads.asked.at(-1)?.length === 1)
  leaves[0]?.()
  const last = watcher()
  watch.watch(7, last)
  heads.at.set(7, { epoch: 1, seq: 3 })
  await eventually(() => assert.deepEqual(last.looks.at(-1), { epoch: 1, seq: 3 }))
  assert.deepEqual(heads.asked.at(-1), [7])
})

test('after trouble one look after the other is tried, and then every watcher looks for itself', async () => {
  using started = await start(60_000)
  const { watch, heads } = started
  const watchers = [watcher(), watcher()]
  for (const [userId, one] of watchers.entries()) watch.watch(userId, one)
  heads.away = true
  watch.troubled()
  watch.troubled()
  await eventually(() => heads.asked.length === 2)
  assert.deepEqual(watchers[0]?.hints, [])
  heads.away = false
  await eventually(() =>
    assert.deepEqual(
      watchers.map(({ hints }) => hints),
      [[undefined], [undefined]],
    ),
  )
})
