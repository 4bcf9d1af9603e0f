import type { Hints } from '../../kit/bus/hints.ts'
import type { IdSource } from '../../kit/ids.ts'
import type { OwnerFact } from '../../kit/owners.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { Loaders } from './loaders.ts'
import type { CommentStore } from './store.ts'
import type { CommentWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  readonly loaders: Loaders
  readonly store: CommentStore
  readonly writes: CommentWrites
  readonly ids: IdSource
  /** Who published a video, and so whether there is one: asked of the publish service. */
  readonly authorOfVideo: OwnerFact<{ authorId: number }>
  /** Tells that a video has changed. */
  readonly hints: Hints
}

/** A video of which only the key is known here. */
export interface VideoRef {
  readonly id: number
}

/** A user of whom only the key is known here. */
export interface UserRef {
  readonly id: number
}
