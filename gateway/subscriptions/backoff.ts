export interface Backoff {
  /** Milliseconds to wait before the given attempt, the first being 0. */
  delay(attempt: number): number
}

/** Doubles up to `most`, and takes a random part of at least a half: those who lost a peer together come back spread out. */
export const backoff = ({ least = 100, most = 5_000, random = Math.random } = {}): Backoff => ({
  delay: (attempt) => Math.min(most, least * 2 ** Math.min(attempt, 30)) * (0.5 + random() / 2),
})
