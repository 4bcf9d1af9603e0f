import { Tokens } from '../../kit/tokens.ts'
import type { Scenario } from '../scenarios.ts'
import { secrets } from '../world/make.ts'
import { seeded } from '../world/random.ts'
import type { World } from '../world/world.ts'
import type { BenchRequest } from './client.ts'

export type Door = 'rest' | 'graphql'

/** The tokens of the users who send requests: of the first `most` of the world. */
export async function viewersOf(world: World, most = 1_000): Promise<string[]> {
  const tokens = await Tokens.create(new Map([secrets.TOKEN_KEYS.split(':') as [string, string]])) // name:secret
  const count = Math.min(most, world.size.users)
  return Promise.all(
    Array.from({ length: count }, (_, viewer) => tokens.sign({ userId: world.id('user', viewer), version: 1 })),
  )
}

/** An endless row of requests: the same one for the same seed. Without tokens nobody is signed in. */
export function requestsOf(
  scenario: Scenario,
  door: Door,
  { world, tokens, seed }: { world: World; tokens: readonly string[]; seed: number },
): () => BenchRequest {
  const random = seeded(seed)
  let n = seed * 1_000_000
  return () => {
    const viewer = Math.floor(random() * tokens.length)
    const token = tokens[viewer]
    const request = scenario({ world, random, viewer, n: n++ })[door]
    if (token === undefined) return request
    if (door === 'rest') return { ...request, path: `${request.path}&token=${token}` }
    // A stock gateway is spared the verification: it hands the viewer's number to its subgraphs.
    const identity = { authorization: `Bearer ${token}`, 'x-viewer': String(world.id('user', viewer)) }
    return { ...request, headers: { ...request.headers, ...identity } }
  }
}
