import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../../kit/errors.ts'

/**
 * What `act` resolves to. As a client does that is told to come again, it repeats what was refused as UNAVAILABLE: a busy
 * machine refuses what has waited too long for a database connection. @throws any other error; that one after `withinMs`
 */
export async function persist<T>(act: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (codeOf(error) !== 'UNAVAILABLE' || Date.now() > deadline) throw error
    }
    await sleep(10)
  }
}
