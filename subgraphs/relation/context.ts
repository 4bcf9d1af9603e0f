import type { OwnerFact } from '../../kit/owners.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { Loaders } from './loaders.ts'
import type { RelationStore } from './store.ts'
import type { RelationWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  readonly loaders: Loaders
  readonly store: RelationStore
  readonly writes: RelationWrites
  /** Whether there is a user: asked of the user service. */
  readonly userExists: OwnerFact<UserRef>
}

/** A user of whom only the key is known here. */
export interface UserRef {
  readonly id: number
}
