import { setTimeout as sleep } from 'node:timers/promises'

/** @throws with `what` after `patience` milliseconds */
export async function until(done: () => boolean, patience: number, what: string): Promise<void> {
  const deadline = performance.now() + patience
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`after ${Math.round(patience / 1_000)} s: ${what}`)
    await sleep(20)
  }
}
