import { parseArgs } from 'node:util'
import { SeedFault } from './fault.ts'
import { countNames, type WorldSize, worldSize } from './world-size.ts'

export interface SeedOptions {
  readonly size: WorldSize
  readonly seed: number
  /** The server's address, when one was asked for. */
  readonly url: string | undefined
}

export const help = `Fills the app with a demo world: users with films, likes, follows, comments and chats.

  npm run seed -- [options]

  --users N      people, two of them to try out yourself        (30)
  --videos N     short films, encoded here and published        (2 for each user)
  --likes N                                                     (10 for each video)
  --follows N    half of them mutual, which makes friends       (6 for each user)
  --comments N                                                  (4 for each video)
  --messages N   in chats between friends                       (6 for each user)
  --seed N       another world for another number               (1)
  --url URL      the server; without it the one on PORT, or when none runs there, one of its own on DATA_DIR

Running it again adds only what is missing. All accounts have the same well-known password: not for a public server.`

const text = { type: 'string' } as const

/** @returns 'help' when that was asked for @throws SeedFault for a word or number that cannot be meant */
export function seedOptions(words: readonly string[]): SeedOptions | 'help' {
  const values = parsed(words)
  if (values.help) return 'help'
  const number = (name: (typeof countNames)[number] | 'seed') => {
    const given = values[name]
    if (given === undefined) return undefined
    if (!/^\d{1,9}$/.test(given)) throw new SeedFault(`--${name} has to be a whole number, not ${given}`)
    return Number(given)
  }
  const asked: Partial<Record<string, number>> = {}
  for (const name of countNames) {
    const count = number(name)
    if (count !== undefined) asked[name] = count
  }
  if (values.url !== undefined && !/^https?:$/.test(URL.parse(values.url)?.protocol ?? ''))
    throw new SeedFault(`--url has to be an http(s) address, not ${values.url}`)
  return { size: worldSize(asked), seed: number('seed') ?? 1, url: values.url }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        ...{ users: text, videos: text, likes: text, follows: text, comments: text, messages: text },
        ...{ seed: text, url: text, help: { type: 'boolean', short: 'h' } },
      },
    }).values
  } catch (error) {
    // What it tells after the first sentence is of positional arguments, which there are none of.
    if (error instanceof TypeError) throw new SeedFault(`${error.message.split('. ')[0]}; --help tells the options`)
    throw error
  }
}
