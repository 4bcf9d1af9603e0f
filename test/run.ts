import { globSync } from 'node:fs'
import { cpus } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { requireAll } from './testkit/required.ts'

/** The command behind `npm test`: every `*.test.ts`, each file in a process of its own. `npm test -- kit` takes a part. */
const wanted = process.argv.slice(2)
const files = globSync('**/*.test.ts', { exclude: (path) => /(^|\/)(node_modules|data)(\/|$)/.test(String(path)) })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.startsWith(part)))
  .sort()

/** Milliseconds in which something ends: a test may take five minutes. */
const patience = 400_000
const givingUp = new AbortController()
/** A file whose tests are over, and which left something open, would be waited for as long as anybody has patience. */
const watchdog = setTimeout(() => {
  console.log(`nothing has ended for ${patience / 1000} s: a file of tests keeps something open`)
  givingUp.abort()
}, patience)

const counts = { passed: 0, failed: 0 }
const skipped = new Map<string, number>()

run({ files, concurrency: Math.max(1, cpus().length), timeout: 300_000, signal: givingUp.signal })
  .on('test:complete', () => watchdog.refresh())
  .on('test:pass', ({ skip, details: { type } }) => {
    if (skip !== undefined && skip !== false) skipped.set(String(skip), (skipped.get(String(skip)) ?? 0) + 1)
    else if (type !== 'suite') counts.passed++
  })
  .on('test:fail', ({ details: { type, error } }) => {
    // A suite fails with its tests, which were counted, or by itself: what it opened could not be put away in order.
    if (type !== 'suite' || !('failureType' in error) || error.failureType !== 'subtestsFailed') counts.failed++
  })
  .on('end', () => {
    clearTimeout(watchdog)
    for (const [reason, count] of skipped) console.log(`skipped ${count}: ${reason}`)
    if (files.length === 0 || counts.passed === 0) counts.failed++ // a run that tested nothing has failed
    if (requireAll && skipped.size > 0) counts.failed++
    console.log(`${counts.passed} passed, ${counts.failed} failed`)
    process.exitCode = counts.failed > 0 ? 1 : 0
  })
  .compose(spec)
  .pipe(process.stdout)
