import { cpus } from 'node:os'
import { LiveClient } from './client.ts'
import { load } from './measure.ts'
import { type Choices, type Numbers, readChoices } from './options.ts'

interface Scenario<Given extends Numbers = Numbers> {
  readonly defaults: Given
  run(choices: Choices<Given>): Promise<void>
}

const scenarios: Readonly<Record<string, () => Promise<unknown>>> = {
  idle: () => import('./idle.ts'),
  'fan-out': () => import('./fan-out.ts'),
  latency: () => import('./latency.ts'),
  delivery: () => import('./delivery.ts'),
  stalled: () => import('./stalled.ts'),
  reconnect: () => import('./reconnect.ts'),
}

/** `node bench/live/main.ts NAME [--stack embedded|single|roles] [--profile folder] [--<number> n]…` */
const [name = '', ...words] = process.argv.slice(2)
const scenario = (await scenarios[name]?.()) as Scenario | undefined
if (!scenario) throw new Error(`scenarios are ${Object.keys(scenarios).join(', ')}`)
const choices = readChoices(words, scenario.defaults)
const [cpu] = cpus()
console.log(`${name}: ${cpus().length} × ${cpu?.model}, Node ${process.version}, load before ${load()}`)
try {
  await scenario.run(choices)
} finally {
  for (const [what, count] of LiveClient.endings) console.log(`${count} × ${what}`)
}
process.exit(process.exitCode)
