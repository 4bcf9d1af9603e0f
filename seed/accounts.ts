import { type GraphClient, Refused } from './client.ts'
import { SeedFault } from './fault.ts'

export interface Account {
  readonly id: string
  /** The name that was to be had. */
  readonly name: string
  readonly token: string
}

interface Session {
  readonly token: string
  readonly user: { readonly id: string; readonly name: string; readonly signature: string }
}

/** Of every account of a demo world. */
export const password = 'demo1234'

const session = '{ token user { id name signature } }'
const register = `mutation Register($name: String!, $password: String!) {
  session: register(input: { name: $name, password: $password }) ${session}
}`
const login = `mutation Login($name: String!, $password: String!) {
  session: login(input: { name: $name, password: $password }) ${session}
}`
const introduce = `mutation UpdateProfile($signature: String!) {
  updateProfile(input: { signature: $signature }) { user { id } }
}`

/** Where somebody else has the name, the next of these is taken: the same one each time. */
const namesLike = (name: string) => [name, ...[2, 3, 4, 5].map((n) => `${name}_${n}`)]

/** Registers a user, or logs it in where that was done before, and lets it introduce itself unless it has done so. */
export async function signIn(
  client: GraphClient,
  { name, signature }: { readonly name: string; readonly signature: string },
): Promise<Account> {
  for (const each of namesLike(name)) {
    const found = await openSession(client, each)
    if (!found) continue
    const { token, user } = found
    if (user.signature === '') await client.run(introduce, { signature }, token)
    return { id: user.id, name: user.name, token }
  }
  throw new SeedFault(`${namesLike(name).join(', ')}: all these names belong to users with other passwords`)
}

/** Undefined when the user has another password. */
async function openSession(client: GraphClient, name: string): Promise<Session | undefined> {
  // Registering first: on a name that is taken it fails without the dear work on a password, logging in never does.
  for (const operation of [register, login])
    try {
      return (await client.run<{ session: Session }>(operation, { name, password })).session
    } catch (error) {
      const told = error instanceof Refused ? error.code : ''
      if (told !== 'ALREADY_EXISTS' && told !== 'WRONG_CREDENTIALS') throw error
    }
  return undefined
}
