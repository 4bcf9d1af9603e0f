import type { Viewer } from '../../kit/viewer.ts'
import type { Deletions } from './deletions.ts'
import type { Loaders } from './loaders.ts'
import type { Publishing } from './publishing.ts'
import type { PublishStore } from './store.ts'
import type { Uploads } from './uploads.ts'
import type { PublishWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  /** Where the client reaches us, for absolute addresses. */
  readonly origin: string
  readonly loaders: Loaders
  readonly store: PublishStore
  readonly writes: PublishWrites
  readonly uploads: Uploads
  readonly publishing: Publishing
  readonly deletions: Deletions
  readonly clock: () => number
}

/** A user of whom only the key is known here. */
export interface UserRef {
  readonly id: number
}
