import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Server {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

interface Start {
  readonly port: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly ready: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a script in a process of its own and waits until it answers HTTP.
 * @param script from the project's folder
 * @param start `ready` is a path that is answered with 200 once the server serves
 */
export async function startServer(script: string, { port, args = [], env = {}, ready }: Start): Promise<Server> {
  const child = spawn(process.execPath, [...profiling, script, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1', ...env },
  })
  running.add(child)
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 30_000
  while (!(await answers(url + ready))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${script} does not serve`)
    await sleep(50)
  }
  return {
    url,
    pid: child.pid ?? 0, // it has served by now
    async stop() {
      running.delete(child)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await once(child, 'exit')
      clearTimeout(patience)
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { headers: { 'apollo-require-preflight': 'yes' } }).then(
    (response) => response.ok,
    () => false,
  )

let profiling: readonly string[] = []

/** Every server started from now on writes a CPU profile into this folder when it is stopped. */
export function profileInto(folder: string): void {
  profiling = ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}
