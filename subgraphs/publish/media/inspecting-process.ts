import { getPriority, setPriority } from 'node:os'
import { argv, exit, stdin, stdout } from 'node:process'
import { examine } from './examine.ts'
import { Refusal, ready, type Verdict } from './verdict.ts'

/** More niceness than the server's, which answers other people meanwhile: a third of its weight. At 19, the most, it starves. */
const nicer = 5

setPriority(Math.min(19, getPriority() + nicer))
// The end of standard input is the end of the server.
stdin.once('end', () => exit(1)).resume()
stdout.write(ready)
const verdict: Verdict = await examine(argv[2] ?? '').catch((error: unknown) => {
  if (error instanceof Refusal) return { refused: error.message }
  throw error
})
stdout.write(JSON.stringify(verdict), () => exit(0))
