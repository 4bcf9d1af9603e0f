import { startApp } from './composition/app.ts'
import { type Role, rolesOf } from './composition/roles.ts'
import { readSettings, SettingsError } from './kit/env.ts'
import { createLog } from './kit/log.ts'

/** The command behind `npm start`. */
async function main(): Promise<void> {
  const settings = readSettings()
  const log = await createLog({ level: settings.LOG_LEVEL, json: settings.production })
  const roles = rolesOf(process.argv.slice(2))
  const app = await startApp(settings, log, roles)
  log.info(readyText(app.url, roles))
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1) // asked twice: not patient any more
      stopping = true
      log.info(`${signal}: finishing what is running`)
      app.stop().then(
        () => log.info('stopped'),
        (err) => {
          log.error({ err }, 'could not stop in order')
          process.exitCode = 1
        },
      )
    })
}

/** Tells a person where to go next. */
function readyText(url: string, roles: ReadonlySet<Role>): string {
  const doors = [
    ...(roles.has('rest-adapter') ? [`app ${url}/douyin/`] : []),
    ...(roles.has('gateway') ? [`graph ${url}/graphql`, `playground ${url}/playground/`] : []),
  ]
  return `ready: ${doors.length > 0 ? doors.join(', ') : `${[...roles].join(', ')} at ${url}/`}`
}

main().catch((error: unknown) => {
  console.error(error instanceof SettingsError ? error.message : error)
  process.exit(1)
})
