import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './server-process.ts'

export interface StackOptions {
  /** The database, `mysql://…` or `sqlite:…`; a SQLite file of its own by default. */
  readonly database?: string
  /** Redis, or several nodes of a cluster separated by commas; memory by default. */
  readonly redis?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Stack extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:41234`. The port stays over a restart. */
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** Every line of its log, as parsed JSON. */
  readonly log: readonly LogLine[]
  /** Ends it at once, without any chance to clean up. */
  kill9(): Promise<void>
  /** Asks it to end, and waits until it has. @returns its exit code */
  stop(): Promise<number | null>
  /** Starts it again on the same data and port. */
  start(): Promise<void>
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string }

/** The whole app in a process of its own, on temporary data: what `npm start` runs. */
export async function startStack({ database, redis, env = {} }: StackOptions = {}): Promise<Stack> {
  const dataDir = await temporaryFolder('stack')
  const log: LogLine[] = []
  let port = 0
  let url = ''
  let child: ChildProcess

  const start = async () => {
    child = spawn(process.execPath, ['start.ts'], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        NODE_ENV: 'production',
        INTROSPECTION: 'true',
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: dataDir,
        ...(database && { DATABASE_URL: database }),
        ...(redis && { REDIS_URL: redis }),
        ...env,
      },
    })
    url = await listening(child, log)
    port = Number(new URL(url).port)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, 'exit')
    }
    return child.exitCode
  }
  await start()
  return {
    get url() {
      return url
    },
    get pid() {
      return child.pid ?? 0
    },
    dataDir,
    log,
    start,
    stop: () => end('SIGTERM'),
    async kill9() {
      await end('SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Waits for the line that tells the address. @throws with all it said, when it ends before */
function listening(child: ChildProcess, log: LogLine[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface(stream).on('line', (line) => {
        said.push(line)
        if (!line.startsWith('{')) return
        const entry = JSON.parse(line) as LogLine // its log in production is one JSON object a line
        log.push(entry)
        const [, url] = /^ready: .*?(http:\/\/[^/]+)\//.exec(entry.msg ?? '') ?? []
        if (url) resolve(url)
      })
  child.once('exit', (code) => reject(new Error(`the stack ended with ${code}:\n${said.join('\n')}`)))
  return promise
}
