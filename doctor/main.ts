import { readSettings, StartError } from '../kit/env.ts'
import { createLog } from '../kit/log.ts'
import { doctorOptions, help } from './arguments.ts'
import { runCheck } from './check.ts'
import { checks } from './checks/all.ts'
import { heading, resultLines, summaryOf } from './report.ts'
import { openWorld } from './world.ts'

/** The command behind `npm run doctor`. */
async function main(): Promise<void> {
  const options = doctorOptions(process.argv.slice(2))
  if (options === 'help') return console.log(help)
  const settings = readSettings()
  await using world = await openWorld(settings, await createLog({ level: 'silent' }), options)
  const print = options.json ? () => {} : console.log
  print(heading)
  const results = []
  for (const check of checks) {
    const result = await runCheck(check, world, options.repair)
    print(resultLines(result))
    results.push(result)
  }
  const summary = summaryOf(results)
  if (options.json) console.log(JSON.stringify(summary))
  else print(`\n${summary.findings} findings, ${summary.repaired} repaired`)
  process.exitCode = summary.findings > summary.repaired ? 1 : 0
}

main().catch((error: unknown) => {
  const explained = error instanceof StartError || (error instanceof TypeError && 'code' in error)
  console.error(explained ? error.message : error)
  process.exitCode = 2
})
