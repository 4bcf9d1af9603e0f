import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { errors } from '../kit/errors.ts'

/** The parameters of one place, by name. Names come from the client: only own properties count. */
export type Source = Readonly<Record<string, unknown>>

/**
 * The parameters of a request. The app writes everything into the query, also on POST; other clients send forms or JSON,
 * and some send a value in several places at once.
 */
export class Params {
  readonly #sources: readonly Source[]
  readonly #authorization: string | undefined

  /** @param sources in order of precedence */
  constructor(sources: readonly Source[], authorization?: string) {
    this.#sources = sources
    this.#authorization = authorization
  }

  /** From query, then body (urlencoded or JSON); multipart fields are added with {@link and}. */
  static of({ url, query, body, headers }: FastifyRequest): Params {
    if (isSource(query) && !wasDecoded(query, url)) throw errors.invalid('body', 'the address is not UTF-8')
    return new Params([query, body].filter(isSource), headers.authorization)
  }

  /** With one more place, behind all others. */
  and(source: Source): Params {
    return new Params([...this.#sources, source], this.#authorization)
  }

  /**
   * The first value of that name; an empty one counts as absent.
   * @throws BAD_USER_INPUT for one that did not come as UTF-8: what was read of it may stand for many others, and two
   * passwords in another encoding would be the same
   */
  text(name: string): string | undefined {
    for (const source of this.#sources) {
      const text = Object.hasOwn(source, name) ? textOf(source[name]) : ''
      if (text.includes(unreadable)) throw errors.invalid('body', `${name} is not UTF-8`)
      if (text !== '') return text
    }
    return undefined
  }

  /** From a parameter or the Authorization header, without the word Bearer, which some clients keep in front of it. */
  get token(): string | null {
    const token = (this.text('token') ?? this.#authorization ?? '').replace(/^\s*bearer\s+/i, '').trim()
    return token === '' ? null : token
  }

  /** @throws BAD_USER_INPUT about the first parameter that does not fit */
  read<Fields extends z.ZodObject>(schema: Fields): z.output<Fields> {
    const read = schema.safeParse(Object.fromEntries(Object.keys(schema.shape).map((name) => [name, this.text(name)])))
    if (read.success) return read.data
    const [issue] = read.error.issues
    throw errors.invalid(String(issue?.path[0] ?? 'request'), issue?.message ?? 'does not fit')
  }
}

const beyondAscii = /%[89a-f][0-9a-f]/i

/**
 * Whether a query was read as it was meant: the server leaves a value that is not UTF-8 as it came, percent signs and all.
 * A stray percent sign among letters is let by, as somebody may have typed it.
 */
const wasDecoded = (query: Source, url: string): boolean =>
  !Object.values(query).some((value) => beyondAscii.test(String(value))) ||
  url.split(/[?&]/).every((pair) => !beyondAscii.test(pair) || isDecodable(pair))

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** What every other decoder puts where it could not read. */
const unreadable = '\uFFFD'

const isSource = (value: unknown): value is Source => typeof value === 'object' && value !== null

/** A repeated parameter is an array, whose first value counts; JSON clients send numbers as numbers. */
function textOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string'
    ? first
    : typeof first === 'number' || typeof first === 'boolean'
      ? String(first)
      : ''
}
