import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats a check until it neither throws nor answers false. @throws the last failure after `withinMs` */
export async function eventually(check: () => unknown, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      if ((await check()) !== false) return
      if (Date.now() > deadline) throw new Error(`still false after ${withinMs} ms`)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(10)
  }
}
