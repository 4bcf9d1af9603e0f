import { parseArgs } from 'node:util'
import { faultRun } from './faults/run.ts'

/** The command behind `npm run fault-run -- --minutes 15`. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, users: { type: 'string' } } })
const report = await faultRun({
  minutes: Number(values.minutes),
  ...(values.users && { users: Number(values.users) }),
})
console.log(JSON.stringify(report, null, 2))
const { lost, doubled, missed, doctor, hangs, slowRefusals } = report
const faults = lost.length + doubled.length + missed.length + doctor.findings + hangs + slowRefusals.length
process.exit(faults > 0 ? 1 : 0)
