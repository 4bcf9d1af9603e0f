import { Tokens } from '../../kit/tokens.ts'
import type { DatabaseKind } from '../../test/testkit/databases.ts'
import { type Answer, startSubgraph } from '../../test/testkit/subgraph.ts'
import { type UserServices, user } from './index.ts'
import type { PasswordCost } from './password.ts'

export interface StartOptions {
  readonly database: DatabaseKind
  readonly worker?: number
  readonly passwordCost?: Partial<PasswordCost>
  readonly bus?: NonNullable<UserServices['bus']>
}

const session = '{ token user { id name } }'

/** The user subgraph, with passwords that cost next to nothing. */
export async function startUser({ database, worker = 0, passwordCost, bus }: StartOptions) {
  const tokens = await Tokens.create(new Map([['key', 'x'.repeat(32)]]))
  const graph = await startSubgraph<UserServices>(user, {
    database,
    worker,
    more: { tokens, passwordCost: { memoryKib: 8, passes: 1, ...passwordCost }, ...(bus && { bus }) },
  })
  const run = async (field: string, input: object, viewerId: number | null, type: string, answer: string) => {
    const operation = `mutation ($input: ${type}!) { ${field}(input: $input) ${answer} }`
    const { data, errors } = await graph.try(operation, { input }, viewerId)
    if (errors?.[0]) throw errors[0]
    return (data as Answer)[field] // there is one without errors
  }
  return {
    ...graph,
    register: async (name: string, password = 'secret'): Promise<SignedIn> =>
      signedIn(await run('register', { name, password }, null, 'RegisterInput', session)),
    login: async (name: string, password = 'secret'): Promise<SignedIn> =>
      signedIn(await run('login', { name, password }, null, 'LoginInput', session)),
    changePassword: async (viewerId: number, currentPassword: string, newPassword: string): Promise<SignedIn> =>
      signedIn(await run('changePassword', { currentPassword, newPassword }, viewerId, 'ChangePasswordInput', session)),
    logout: (viewerId: number) => graph.run('mutation { logout { user { id } } }', {}, viewerId),
    /** The user as it is after the change. */
    update: async (viewerId: number, changes: object): Promise<Answer> =>
      (
        await run(
          'updateProfile',
          changes,
          viewerId,
          'UpdateProfileInput',
          '{ user { name avatar backgroundImage signature } }',
        )
      ).user,
    /** Whether the gateway would let a token pass. */
    async accepts(token: string): Promise<boolean> {
      const { userId, version } = await tokens.verify(token)
      const operation = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Session { version } } }'
      const { _entities } = await graph.run(operation, { of: [{ __typename: 'Session', id: String(userId) }] })
      return _entities[0].version === version
    },
  }
}
export type UserGraph = Awaited<ReturnType<typeof startUser>>

export interface SignedIn {
  readonly token: string
  readonly id: number
  readonly name: string
}

const signedIn = ({ token, user: { id, name } }: Answer): SignedIn => ({ token, id: Number(id), name })

/** For `assert.rejects`. */
export const failsWith = (code: string) => (error: { extensions?: Record<string, unknown> }) =>
  error.extensions?.['code'] === code
