import { parseArgs } from 'node:util'
import { faultRun } from './faults/run.ts'

/**
 * The command behind `npm run fault-run -- --minutes 15`. Two limits of a second are held, and neither counts what the run
 * itself does: a refusal is told within a second, of a request that a killed gateway worked on within one from that kill;
 * and the first write after the database's death is done within one from when the database and the roles for it were there.
 */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, users: { type: 'string' } } })
const report = await faultRun({
  minutes: Number(values.minutes),
  ...(values.users && { users: Number(values.users) }),
})
console.log(JSON.stringify(report, null, 2))
const { lost, doubled, missed, doctor, hangs, slowRefusals, slowRecoveries } = report
const lists = [lost, doubled, missed, slowRefusals, slowRecoveries]
const faults = lists.reduce((sum, { length }) => sum + length, doctor.findings + hangs)
process.exit(faults > 0 ? 1 : 0)
