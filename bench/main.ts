import { cpus, loadavg } from 'node:os'
import { profileInto } from './contenders/server.ts'
import { readOptions, type Section } from './options.ts'
import { feedSection } from './sections/feed.ts'
import { growthSection } from './sections/growth.ts'
import { likesSection } from './sections/likes.ts'
import { scenariosSection } from './sections/scenarios.ts'

/** The command behind `npm run bench`. Sections run one after the other, each with servers of its own. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.profile !== undefined) profileInto(options.profile)
  const run: Record<Section, () => Promise<void>> = {
    feed: () => feedSection(options, false),
    constant: () => feedSection(options, true),
    scenarios: () => scenariosSection(options),
    likes: () => likesSection(options),
    growth: () => growthSection(options),
  }
  const [cpu] = cpus()
  console.log(`${cpus().length} × ${cpu?.model}, Node ${process.version}, load before ${loadavg()[0]?.toFixed(1)}`)
  const started = performance.now()
  for (const [name, section] of Object.entries(run)) if (options.only.has(name as Section)) await section() // its keys
  console.log(`took ${((performance.now() - started) / 1000).toFixed(0)} s`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1)) // takes the servers along
await main()
