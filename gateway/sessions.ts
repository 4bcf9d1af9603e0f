import { LRUCache } from 'lru-cache'
import { errors } from '../kit/errors.ts'
import { type DataSources, OwnerFact } from '../kit/owners.ts'
import type { Session, Tokens } from '../kit/tokens.ts'
import type { Viewer } from '../kit/viewer.ts'

/** A viewer whose token holds until `expiresAt` (milliseconds since 1970), unless its session is ended before. */
export interface SignedIn extends Viewer {
  readonly version: number
  readonly expiresAt: number
}

export interface SessionsOptions {
  readonly tokens: Tokens
  readonly sources: () => DataSources
  readonly clock?: () => number
  /** How long a session version is believed without asking again, in milliseconds: the longest a logout elsewhere takes. */
  readonly believed?: number
}

/** Verified tokens and session versions that are remembered. */
const mostRemembered = 20_000

/** From bearer token to viewer. */
export class Sessions {
  readonly #tokens: Tokens
  readonly #clock: () => number
  readonly #believed: number
  readonly #version: OwnerFact<{ version: number }>
  readonly #verified = new LRUCache<string, Session & { expiresAt: number }>({ max: mostRemembered })
  readonly #versions = new LRUCache<number, { version: number; at: number; doubts: number }>({ max: mostRemembered })
  #doubts = 0

  constructor({ tokens, sources, clock = Date.now, believed = 1_000 }: SessionsOptions) {
    this.#tokens = tokens
    this.#clock = clock
    this.#believed = believed
    this.#version = new OwnerFact(
      sources,
      {
        owner: 'user',
        typename: 'Session',
        selection: 'version',
        toValue: (session) => ({ version: session['version'] as number }), // as selected
      },
      { mostKnown: 0 },
    )
  }

  /** @throws UNAUTHENTICATED for a token that is forged, expired or ended; UNAVAILABLE when the user service is down */
  async viewerOf(token: string): Promise<SignedIn> {
    const { userId, version, expiresAt } = await this.#verify(token)
    if (this.#clock() >= expiresAt) throw errors.unauthenticated('the token has expired')
    if ((await this.#versionOf(userId, version)) !== version) throw errors.unauthenticated('the session was ended')
    return { id: userId, version, expiresAt }
  }

  /** What is remembered now. */
  get remembered(): { tokens: number; users: number } {
    return { tokens: this.#verified.size, users: this.#versions.size }
  }

  /** A session was ended somewhere: what we remember of it is out of date. */
  ended({ userId, version }: { userId: number; version: number }): void {
    this.#versions.set(userId, { version, at: this.#clock(), doubts: this.#doubts })
  }

  /** News of ended sessions may have been missed: no version that was asked for before is believed any more. */
  doubt(): void {
    this.#doubts++
  }

  async #verify(token: string): Promise<Session & { expiresAt: number }> {
    const known = this.#verified.get(token)
    if (known) return known
    const verified = await this.#tokens.verify(token)
    this.#verified.set(token, verified)
    return verified
  }

  /** @param claimed by the token: a newer version than the one we remember tells that we are out of date */
  async #versionOf(userId: number, claimed: number): Promise<number> {
    const now = this.#clock()
    const doubts = this.#doubts
    const known = this.#versions.get(userId)
    const believed = known && known.doubts === doubts && now - known.at < this.#believed
    if (believed && known.version >= claimed) return known.version
    const found = await this.#version.find(userId)
    if (!found) throw errors.unauthenticated('unknown user')
    // Versions only count up: an answer that was on its way while a session was ended must not bring it back.
    const version = Math.max(found.version, this.#versions.get(userId)?.version ?? 0)
    this.#versions.set(userId, { version, at: now, doubts })
    return version
  }
}
