import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { codeOf } from '../../../kit/errors.ts'
import { type ProcessLimits, runProcess } from './run-process.ts'

const limits: ProcessLimits = { timeoutMs: 20_000, heapMegabytes: 64, residentMegabytes: 512 }

/** Runs `code` as the inspecting process would be run. */
async function run(code: string, changed: Partial<ProcessLimits> = {}, signal?: AbortSignal) {
  const folder = await mkdtemp(join(tmpdir(), 'process-'))
  try {
    const file = join(folder, 'entry.mjs')
    await writeFile(file, code)
    return await runProcess(file, { ...limits, ...changed }, signal, pathToFileURL(file))
  } finally {
    await rm(folder, { recursive: true })
  }
}
const fails = (work: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(work, (error) => codeOf(error) === code && error instanceof Error && message.test(error.message))
const ready = "process.stdout.write('ready\\n');"

describe('the inspecting process', () => {
  it('hands over its verdict', async () => {
    assert.deepEqual(await run(`${ready} process.stdout.write('{"refused":"is bad"}')`), { refused: 'is bad' })
  })

  it('is killed when it hangs', () => fails(run(`${ready} for (;;) {}`, { timeoutMs: 300 }), 'TIMEOUT', /inspection/))

  it('costs only itself when its heap is full', () =>
    fails(run(`${ready} const all = []; for (;;) all.push({ all: [...'abcdef'] })`), 'UNSUPPORTED_MEDIA', /damaged/))

  it('is killed when it takes too much memory outside of the heap', () =>
    fails(
      run(`${ready} const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)`, { residentMegabytes: 200 }),
      'UNSUPPORTED_MEDIA',
      /memory/,
    ))

  it('costs only itself when it crashes, throws or answers without end', async () => {
    await fails(run(`${ready} process.abort()`), 'UNSUPPORTED_MEDIA', /damaged/)
    await fails(run(`${ready} throw new Error('bad table')`), 'UNSUPPORTED_MEDIA', /damaged/)
    await fails(run(`${ready} setInterval(() => console.log('x'.repeat(1e6)))`), 'UNSUPPORTED_MEDIA', /answer/)
  })

  it('blames the server, not the file, when it never came to reading the file or was killed from outside', async () => {
    await fails(run("import 'missing-package'"), 'UNAVAILABLE', /inspection/)
    await fails(run(`${ready} process.kill(process.pid, 'SIGKILL')`), 'UNAVAILABLE', /inspection/)
  })

  it('stops when the caller leaves', async () => {
    const leave = new AbortController()
    const running = run(`${ready} for (;;) {}`, {}, leave.signal)
    leave.abort(new RangeError('left'))
    await assert.rejects(running, RangeError)
    await assert.rejects(run(`${ready} for (;;) {}`, {}, leave.signal), RangeError)
  })

  it('sees no environment, no other file, no network and no other program', async () => {
    const verdict = await run(`
      import { spawnSync } from 'node:child_process'
      import { readFileSync, writeFileSync } from 'node:fs'
      import { createConnection } from 'node:net'
      import { Worker } from 'node:worker_threads'
      const code = (work) => { try { work(); return 'allowed' } catch (error) { return error.code } }
      const network = await new Promise((resolve) => {
        try { createConnection(9, '127.0.0.1').on('error', (e) => resolve(e.code)).on('connect', () => resolve('allowed')) }
        catch (error) { resolve(error.code) }
      })
      process.stdout.write('ready\\n' + JSON.stringify({
        environment: Object.keys(process.env),
        read: code(() => readFileSync('/etc/passwd')),
        write: code(() => writeFileSync(process.argv[2], 'x')),
        spawn: code(() => spawnSync('/bin/true')),
        worker: code(() => new Worker('1', { eval: true })),
        network,
      }))`)
    const denied = 'ERR_ACCESS_DENIED'
    assert.deepEqual(verdict, {
      environment: [],
      read: denied,
      write: denied,
      spawn: denied,
      worker: denied,
      network: denied,
    })
  })
})
