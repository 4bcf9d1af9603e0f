import { constants, setPriority } from 'node:os'
import { argv, exit, stdin, stdout } from 'node:process'
import { examine } from './examine.ts'
import { Refusal, ready, type Verdict } from './verdict.ts'

// The server answers other people meanwhile.
setPriority(constants.priority.PRIORITY_LOW)
// The end of standard input is the end of the server.
stdin.once('end', () => exit(1)).resume()
stdout.write(ready)
const verdict: Verdict = await examine(argv[2] ?? '').catch((error: unknown) => {
  if (error instanceof Refusal) return { refused: error.message }
  throw error
})
stdout.write(JSON.stringify(verdict), () => exit(0))
