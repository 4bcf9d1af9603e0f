import { SingleBar } from 'cli-progress'

/** Tells how far a part of the work is. */
export interface Progress {
  /** Runs a part with `total` steps; it calls `step` after each. */
  part<Result>(label: string, total: number, run: (step: () => void) => Promise<Result>): Promise<Result>
}

/** A bar for each part on the error output; off a terminal a few plain lines. */
export const progressBars: Progress = {
  async part(label, total, run) {
    if (total === 0) return run(() => {})
    const bar = new SingleBar({
      format: `${label.padEnd(9)} [{bar}] {value}/{total} in {duration_formatted}`,
      barsize: 32,
      hideCursor: true,
      noTTYOutput: true,
      gracefulExit: false, // who interrupts is answered by the command itself
    })
    bar.start(total, 0)
    try {
      return await run(() => bar.increment())
    } finally {
      bar.stop()
    }
  },
}
