import { startApp } from './composition/app.ts'
import { readSettings, SettingsError } from './kit/env.ts'
import { createLog } from './kit/log.ts'

/** The command behind `npm start`. */
async function main(): Promise<void> {
  const settings = readSettings()
  const log = await createLog({ level: settings.LOG_LEVEL, json: settings.production })
  const app = await startApp(settings, log)
  log.info(`ready: app ${app.url}/douyin/, graph ${app.url}/graphql, playground ${app.url}/playground/`)
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

main().catch((error: unknown) => {
  console.error(error instanceof SettingsError ? error.message : error)
  process.exit(1)
})
