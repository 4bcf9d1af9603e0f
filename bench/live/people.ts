import { Tokens } from '../../kit/tokens.ts'
import { secrets } from '../world/make.ts'
import type { LiveStack } from './stack.ts'

export interface Person {
  readonly id: number
  readonly token: string
}

/** The first users of the stack's world, signed in: nobody has to wait for passwords to be hashed. */
export async function people({ world }: LiveStack, count: number): Promise<Person[]> {
  const tokens = await Tokens.create(new Map([secrets.TOKEN_KEYS.split(':') as [string, string]])) // name:secret
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const id = world.id('user', n)
      return { id, token: await tokens.sign({ userId: id, version: 1 }) }
    }),
  )
}

export const socketUrl = ({ url }: LiveStack): string => `${url.replace('http', 'ws')}/graphql`
