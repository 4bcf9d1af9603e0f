import type { FeedStore } from './store.ts'

/** Made anew for every request. */
export interface Context {
  readonly store: FeedStore
}

/** A video of which only the key is known here. */
export interface VideoRef {
  readonly id: number
}
