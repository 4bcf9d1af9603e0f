import type { Changes } from '../../kit/bus/changes.ts'
import type { Hints } from '../../kit/bus/hints.ts'
import type { OwnerFact } from '../../kit/owners.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { Loaders } from './loaders.ts'
import type { FavoriteStore } from './store.ts'
import type { FavoriteWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  readonly loaders: Loaders
  readonly store: FavoriteStore
  readonly writes: FavoriteWrites
  /** Who published a video: asked of the publish service. */
  readonly authorOfVideo: OwnerFact<{ authorId: number }>
  /** Tells that a video has changed. */
  readonly hints: Hints
  /** Hears that a video has changed. */
  readonly changes: Changes
}

/** A video of which only the key is known here. */
export interface VideoRef {
  readonly id: number
}

/** A user of whom only the key is known here. */
export interface UserRef {
  readonly id: number
}
