import type { IdSource } from '../../kit/ids.ts'
import type { Tokens } from '../../kit/tokens.ts'
import type { Viewer } from '../../kit/viewer.ts'
import type { Loaders } from './loaders.ts'
import type { Passwords } from './password.ts'
import type { SessionNews } from './session-news.ts'
import type { UserStore } from './store.ts'
import type { UserWrites } from './writes.ts'

/** Made anew for every request. */
export interface Context {
  readonly viewer: Viewer | null
  /** Under which the client reaches us, for the addresses of default pictures. */
  readonly origin: string
  readonly loaders: Loaders
  readonly store: UserStore
  readonly writes: UserWrites
  readonly ids: IdSource
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly news: SessionNews
}
