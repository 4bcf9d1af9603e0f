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
  static of({ query, body, headers }: FastifyRequest): Params {
    return new Params([query, body].filter(isSource), headers.authorization)
  }

  /** With one more place, behind all others. */
  and(source: Source): Params {
    return new Params([...this.#sources, source], this.#authorization)
  }

  /** The first value of that name; an empty one counts as absent. */
  text(name: string): string | undefined {
    for (const source of this.#sources) {
      const text = Object.hasOwn(source, name) ? textOf(source[name]) : ''
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
