import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errors } from '../../../kit/errors.ts'
import { ready, type Verdict } from './verdict.ts'

export interface ProcessLimits {
  /** After this long the process is killed and the answer is TIMEOUT. */
  readonly timeoutMs: number
  /** JavaScript heap. */
  readonly heapMegabytes: number
  /** All memory, decoder included; watched on Linux only. */
  readonly residentMegabytes: number
}

const here = new URL('./', import.meta.url)
const root = new URL('../../../', import.meta.url)
const readable = ['node_modules/', 'package.json'].map((path) => fileURLToPath(new URL(path, root)))
/** A process that crashes may leave an image of its memory in its folder: this one takes no files. */
const nowhere = process.platform === 'linux' ? '/proc' : '/'
const mostOutput = 8 * 1024 * 1024
const mostComplaint = 4096
const watchMs = 50

/**
 * Has `path` examined by a process of its own that may read this file and its own code, and may write nothing, reach
 * no network and start no process. Its native code stands outside of that permission model, hence the empty
 * environment, the timeout and the watch over its memory.
 *
 * @param entry the module to run, with `path` as its argument
 * @throws TIMEOUT, UNSUPPORTED_MEDIA when the file broke the process, UNAVAILABLE when the process could not start
 */
export async function runProcess(
  path: string,
  limits: ProcessLimits,
  signal: AbortSignal | undefined,
  entry: URL = new URL('inspecting-process.ts', here),
): Promise<Verdict> {
  const granted = [...readable, fileURLToPath(here), path].map((each) => `--allow-fs-read=${each}`)
  const flags = ['--permission', '--allow-addons', '--no-warnings', `--max-old-space-size=${limits.heapMegabytes}`]
  const child = spawn(process.execPath, [...flags, ...granted, fileURLToPath(entry), path], { env: {}, cwd: nowhere })
  if (child.pid === undefined) throw errors.unavailable('the inspection of videos', (await once(child, 'error'))[0])
  let killed: (() => Error) | undefined
  const kill = (why: () => Error) => {
    killed ??= why
    child.kill('SIGKILL')
  }
  let output = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > mostOutput) kill(() => errors.unsupportedMedia('the file made too much of an answer'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-mostComplaint)
  })
  // A process that has ended closes its input while we hold it open.
  child.stdin.on('error', () => {})
  const timer = setTimeout(() => kill(() => errors.timeout('the inspection of the video')), limits.timeoutMs)
  const watch = setInterval(() => {
    void residentBytes(child.pid).then(
      (bytes) => {
        if (bytes > limits.residentMegabytes * 1024 * 1024)
          kill(() => errors.unsupportedMedia('the file needs too much memory to be decoded'))
      },
      // An unwatched process is not allowed to go on: the server itself may be out of file handles.
      (error: unknown) => kill(() => errors.unavailable('the inspection of videos', error)),
    )
  }, watchMs)
  const abort = () => kill(() => signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  try {
    // `close` rather than `exit`: only then all output has been read.
    const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null] // as documented
    if (killed) throw killed()
    const cause = new Error(`the inspecting process ended with ${by ?? code}: ${complaint}`)
    if (!output.startsWith(ready)) throw errors.unavailable('the inspection of videos', cause)
    if (by === 'SIGKILL') throw errors.unavailable('the inspection of videos', cause)
    if (code !== 0) throw errors.unsupportedMedia('the file is damaged', cause)
    return JSON.parse(output.slice(ready.length)) as Verdict // written by our own module, in the same version
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    signal?.removeEventListener('abort', abort)
  }
}

/** 0 where the system does not tell, or when the process has gone. */
async function residentBytes(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'latin1')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0
    throw error
  }
}
