import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { watch } from './server-process.ts'

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string }

export interface AppProcessOptions {
  /** The words after `npm start --`; all roles when there are none. */
  readonly roles?: readonly string[]
  /** 0 for any, which stays over a restart. */
  readonly port?: number
  readonly env: Readonly<Record<string, string>>
  /** Where its log goes, as parsed JSON. */
  readonly log: LogLine[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One process of the app, as `npm start` runs it: started, stopped, killed and started again at the same address. */
export class AppProcess {
  readonly roles: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #log: LogLine[]
  #port: number
  #child: ChildProcess | undefined

  constructor({ roles = [], port = 0, env, log }: AppProcessOptions) {
    this.roles = roles
    this.#env = env
    this.#log = log
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it says that it is ready. @throws with all it said, when it ends before */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['start.ts', ...this.roles], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        NODE_ENV: 'production',
        INTROSPECTION: 'true',
        HOST: '127.0.0.1',
        PORT: String(this.#port),
        ...this.#env,
      },
    })
    this.#child = child
    const watchdog = watch(child)
    child.once('exit', () => watchdog.kill('SIGKILL'))
    this.#port = Number(new URL(await this.#ready(child)).port)
  }

  /** @returns its exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    if (this.running) {
      child.kill(signal)
      await once(child, 'exit')
    }
    return child.exitCode
  }

  async kill9(): Promise<void> {
    await this.stop('SIGKILL')
  }

  #ready(child: ChildProcess): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface(stream).on('line', (line) => {
          if (!line.startsWith('{')) return void said.push(line)
          const entry = JSON.parse(line) as LogLine // its log in production is one JSON object a line
          this.#log.push(entry)
          if (Number(entry['level']) > 30) said.push(line)
          const [, url] = /^ready: .*?(http:\/\/[^/]+)\//.exec(entry.msg ?? '') ?? []
          if (url) resolve(url)
        })
    child.once('exit', (code) =>
      reject(new Error(`${this.roles.join(' ') || 'the app'} ended with ${code}:\n${said.join('\n')}`)),
    )
    return promise
  }
}
