import type { Cache } from '../../kit/cache/cache.ts'
import { migrate } from '../../kit/database/migrate.ts'
import type { Services } from '../../kit/services.ts'
import { defineSubgraph, type Subgraph } from '../../kit/subgraph/subgraph.ts'
import type { Tokens } from '../../kit/tokens.ts'
import { CachedUsers } from './cached-store.ts'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { createUser } from './migrations/0001-create-user.ts'
import { type PasswordCost, Passwords } from './password.ts'
import { Mutation } from './resolvers/Mutation.ts'
import { Query } from './resolvers/Query.ts'
import { Session } from './resolvers/Session.ts'
import { User } from './resolvers/User.ts'
import { type Publisher, SessionNews } from './session-news.ts'
import { UserStore } from './store.ts'
import { UserWrites } from './writes.ts'

export { picturesFolder, picturesPath } from './pictures.ts'
export { type EndedSessions, sessionChannel } from './session-news.ts'

export interface UserServices {
  readonly tokens: Tokens
  /** What is not given is as in production. */
  readonly passwordCost?: Partial<PasswordCost>
  /** Hears of ended sessions. */
  readonly bus?: Publisher
  /** Profiles are read through it. */
  readonly cache?: Cache
}

/** Accounts, sessions and profiles. */
export async function user(services: Services & UserServices): Promise<Subgraph> {
  const { db, ids, log, tokens, passwordCost, bus, cache } = services
  await migrate(db, 'user', [createUser])
  const store = new UserStore(db)
  const cached = cache && new CachedUsers(store, cache)
  const writes = new UserWrites(db, cached)
  const passwords = new Passwords(passwordCost)
  const news = new SessionNews(bus, log)
  return defineSubgraph<Context>({
    name: 'user',
    resolvers: { Query, Mutation, User, Session },
    createContext: ({ viewer, origin }) => ({
      viewer,
      origin,
      loaders: createLoaders(cached ?? store, store),
      store,
      writes,
      ids,
      passwords,
      tokens,
      news,
    }),
  })
}
