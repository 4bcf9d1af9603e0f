import { readSettings, StartError } from '../kit/env.ts'
import { type Account, password } from './accounts.ts'
import { help, type SeedOptions, seedOptions } from './arguments.ts'
import { GraphClient } from './client.ts'
import { SeedFault } from './fault.ts'
import { populate } from './populate.ts'
import { progressBars } from './progress.ts'
import { findServer, type Server, usualAddress } from './server.ts'
import { demoNames, planWorld } from './world.ts'
import { countNames } from './world-size.ts'

/** The command behind `npm run seed`. */
async function main(): Promise<void> {
  const options = seedOptions(process.argv.slice(2))
  if (options === 'help') return console.log(help)
  const settings = readSettings()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new SeedFault('interrupted; running it again goes on from here')))

  const started = performance.now()
  const server = await findServer(options.url, settings, interrupted.signal)
  console.log(
    server.own ? `no server runs on ${usualAddress(settings)}, so one of our own does` : `using ${server.url}`,
  )
  try {
    const client = new GraphClient(server.url, interrupted.signal)
    const world = planWorld(options.size, options.seed)
    const accounts = await populate(world, { client, progress: progressBars, seed: options.seed })
    const seconds = (performance.now() - started) / 1000
    console.log(summary(options, accounts, server, usualAddress(settings), seconds))
  } finally {
    await server.stop()
  }
}

function summary(
  { size }: SeedOptions,
  accounts: readonly Account[],
  { own, url }: Server,
  usual: string,
  seconds: number,
): string {
  const counts = countNames.map((name) => `${size[name]} ${name}`).join(', ')
  const demo = accounts.slice(0, demoNames.length).map(({ name }) => name)
  const next = own ? `npm start, then open ${usual}/` : `open ${url}/`
  return [
    '',
    `There are ${counts} (${seconds.toFixed(1)} s).`,
    `  log in as  ${demo.join(' or ')}, password ${password} (all ${accounts.length} accounts have it)`,
    `  next       ${next}`,
  ].join('\n')
}

main().catch((error: unknown) => {
  const explained = error instanceof SeedFault || error instanceof StartError
  console.error(explained ? error.message : error)
  process.exitCode = 1
})
