import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Has users who know nothing of each other act: at random moments (Poisson), whatever became of earlier acts.
 * @param act gets the moment that was meant, by `performance.now()`; a busy driver calls it late. Not waited for
 */
export async function arrivals(
  perSecond: number,
  seconds: number,
  random: () => number,
  act: (meant: number) => void,
): Promise<void> {
  let next = performance.now()
  const end = next + seconds * 1000
  while (next < end) {
    const now = performance.now()
    if (next > now) await sleep(Math.max(1, next - now - 0.5))
    else {
      act(next)
      next += (-Math.log(1 - random()) * 1000) / perSecond
    }
  }
}
