import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  /** Rejects or answers false for as long as the server does not serve yet. */
  readonly serves: () => Promise<boolean>
}

export const temporaryFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `${name}-`))

/**
 * A port of the loopback address for one server and its successors. Below those that the system gives to outgoing
 * connections, one of which could take it while the server is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (!(await reserved(port))) continue
    const probe = createServer().listen(port, '127.0.0.1')
    if (await isListening(probe)) return new Promise((resolve) => probe.close(() => resolve(port)))
  }
}

/**
 * Whether no other test has the port. It belongs to this process from now on until it ends, by its namesake of UDP, which
 * nobody uses: so none takes it while its server is down.
 */
async function reserved(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  socket.bind({ port, address: '127.0.0.1', exclusive: true })
  const ours = await isListening(socket)
  if (ours) socket.unref()
  else socket.close()
  return ours
}

/** @throws for any reason but that somebody else listens there */
async function isListening(server: EventEmitter): Promise<boolean> {
  try {
    await once(server, 'listening')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error // node's own errors have a code
    return false
  }
}

/** Starts a server on new ports, three times at most: somebody else may take a free port first. */
export async function onFreePorts<Server extends AsyncDisposable & { start(): Promise<void> }>(
  make: (port: number, otherPort: number) => Promise<Server>,
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const server = await make(await freePort(), await freePort())
    try {
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      if (attempt === 3) throw error
    }
  }
}

/** A server program with its folder: started, stopped, killed and started again on the same data. */
export class ServerProcess implements AsyncDisposable {
  readonly #command: ServerCommand
  readonly #folder: string
  #child: ChildProcess | undefined
  #watchdog: ChildProcess | undefined

  constructor(folder: string, command: ServerCommand) {
    this.#folder = folder
    this.#command = command
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Resolves once the server serves. @throws with the end of its output when it leaves or takes over 20 s */
  async start(): Promise<void> {
    if (this.#child) throw new Error('already started')
    const output = openSync(join(this.#folder, 'output'), 'a')
    const child = spawn(this.#command.program, this.#command.args, { stdio: ['ignore', output, output] })
    child.unref()
    this.#child = child
    this.#watchdog = watch(child, this.#folder)
    const deadline = Date.now() + 20_000
    while (!(await this.#command.serves().catch(() => false))) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        await this.kill9()
        throw new Error(`${this.#command.program} did not start:\n${this.#lastOutput()}`)
      }
      await sleep(20)
    }
  }

  /** Asks it to leave, and makes it leave after 5 s. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  kill9(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Stops or continues it without ending it: connections stay open and unanswered. */
  freeze(frozen: boolean): void {
    this.#child?.kill(frozen ? 'SIGSTOP' : 'SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = undefined
    this.#watchdog?.kill('SIGKILL')
    if (child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const left = once(child, 'exit')
    child.kill(signal)
    const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await left
    clearTimeout(impatient)
  }

  #lastOutput(): string {
    return readFileSync(join(this.#folder, 'output'), 'utf8').slice(-2_000)
  }
}

/**
 * A test that dies cannot clean up, so a shell that outlives it does: its input ends when this process does.
 * @returns the shell, to be ended before the child is
 */
export function watch(child: ChildProcess, folder?: string): ChildProcess {
  const script = 'read -r _; kill -9 "$0"; [ -z "$1" ] || rm -rf "$1"'
  const watchdog = spawn('/bin/sh', ['-c', script, String(child.pid), folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.unref()
  const input = watchdog.stdin as Socket // typed as any stream, but a pipe to a child is a socket
  input.unref()
  input.on('error', () => {}) // the shell was ended first, by stop or kill9
  return watchdog
}
