import { readSettings, StartError } from '../kit/env.ts'
import { createLog, type Logger } from '../kit/log.ts'
import { type App, startApp } from './app.ts'
import { releaseMemory } from './release-memory.ts'
import { checkRequirements } from './requirements.ts'
import { allRoles, type Role, rolesOf } from './roles.ts'
import { isWorker, leave, tellReady, toldToStop, workerId } from './worker.ts'

/** The command behind `npm start`. @param words the roles of this process; all of them when there are none */
export async function main(words: readonly string[]): Promise<void> {
  if (words.some((word) => /^(-h|--help)$/.test(word))) return console.log(usage)
  try {
    if (words.includes('--warm')) {
      const { warm } = await import('./warm.ts')
      return await warm()
    }
    const settings = readSettings()
    const log = await createLog({ level: settings.LOG_LEVEL, json: settings.production, worker: workerId })
    const roles = rolesOf(words)
    checkRequirements(settings, roles)
    const ready = (url: string) => log.info(readyText(url, roles))
    if (settings.WORKERS > 1 && !isWorker) {
      const { superviseWorkers } = await import('./workers.ts')
      return await superviseWorkers(settings.WORKERS, log, ready)
    }
    const told = isWorker ? toldToStop() : undefined
    const app = await startApp(settings, log, roles)
    releaseMemory()
    if (told) tellReady(app.url)
    else ready(app.url)
    await stop(app, log, await (told ?? signalled()))
    if (told) leave()
  } catch (error) {
    console.error(error instanceof StartError ? error.message : error)
    process.exit(1)
  }
}

const usage = `npm start            everything in this process, data in ./data
npm start -- ROLE…   a part of it; roles are ${allRoles.join(', ')}
npm start -- --warm  nothing but the start, so that the next ones find in Node's compile cache what it compiled
Settings are environment variables: README.md has them all.`

async function stop(app: App, log: Logger, why: string): Promise<void> {
  log.info(`${why}: finishing what is running`)
  try {
    await app.stop()
    log.info('stopped')
  } catch (err) {
    log.error({ err }, 'could not stop in order')
    process.exitCode = 1
  }
}

/** Resolves at the first signal to end. */
function signalled(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      if (stopping) process.exit(1) // asked twice: not patient any more
      stopping = true
      resolve(signal)
    })
  return promise
}

/** Tells a person where to go next. */
function readyText(url: string, roles: ReadonlySet<Role>): string {
  const doors = [
    ...(roles.has('rest-adapter') ? [`endpoints ${url}/douyin/docs/`] : []),
    ...(roles.has('gateway') ? [`graph ${url}/graphql`, `playground ${url}/playground/`] : []),
  ]
  return `ready: ${doors.length > 0 ? doors.join(', ') : `${[...roles].join(', ')} at ${url}/`}`
}
