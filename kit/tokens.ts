import { webcrypto } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { errors } from './errors.ts'

/** What a token says: which user, and which session version of that user it belongs to. */
export interface Session {
  readonly userId: number
  readonly version: number
}

const issuer = 'simple-douyin'
const algorithm = 'HS256'

/**
 * Signs and verifies the tokens of users. The first key signs; the others are only good for verifying, which is how keys
 * are rotated. The old app can't renew a token, so tokens live long and are ended by the session version instead.
 */
export class Tokens {
  readonly #keys: Map<string, webcrypto.CryptoKey>
  readonly #current: string
  readonly #clock: () => number
  readonly #lifetime: number

  private constructor(keys: Map<string, webcrypto.CryptoKey>, clock: () => number, lifetime: number) {
    const [current] = keys.keys()
    if (current === undefined) throw new Error('at least one signing key is needed')
    this.#keys = keys
    this.#current = current
    this.#clock = clock
    this.#lifetime = lifetime
  }

  /**
   * @param keys by key id; each secret has at least 32 bytes
   * @param lifetime of a token in milliseconds
   */
  static async create(
    keys: ReadonlyMap<string, string>,
    { clock = Date.now, lifetime = 365 * 24 * 3_600_000 }: { clock?: () => number; lifetime?: number } = {},
  ): Promise<Tokens> {
    // As a CryptoKey once: a verify with raw bytes costs half as much again.
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const imported = await Promise.all(
      [...keys].map(async ([id, secret]) => {
        const key = await webcrypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['sign', 'verify'])
        return [id, key] as const
      }),
    )
    return new Tokens(new Map(imported), clock, lifetime)
  }

  sign({ userId, version }: Session): Promise<string> {
    const now = Math.floor(this.#clock() / 1000)
    return new SignJWT({ v: version })
      .setProtectedHeader({ alg: algorithm, kid: this.#current, typ: 'JWT' })
      .setSubject(String(userId))
      .setIssuer(issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.floor(this.#lifetime / 1000))
      .sign(this.#key(this.#current))
  }

  /** @throws UNAUTHENTICATED for anything but a token of ours that has not expired */
  async verify(token: string): Promise<Session & { readonly expiresAt: number }> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid ?? ''), {
        algorithms: [algorithm],
        issuer,
        typ: 'JWT',
        currentDate: new Date(this.#clock()),
      })
      const userId = Number(payload.sub)
      const version = payload['v']
      if (!Number.isSafeInteger(userId) || typeof version !== 'number' || payload.exp === undefined)
        throw errors.unauthenticated()
      return { userId, version, expiresAt: payload.exp * 1000 }
    } catch (cause) {
      // Whatever is wrong with it, the client learns only that it is no good.
      if (cause instanceof Error) throw errors.unauthenticated('the token is not valid')
      throw cause
    }
  }

  #key(id: string): webcrypto.CryptoKey {
    const key = this.#keys.get(id)
    if (!key) throw errors.unauthenticated('unknown key')
    return key
  }
}
