/**
 * Carries hints to look again, never the truth: a hint may come twice, come without cause, or be replaced by a `gap`.
 *
 * A `gap` tells that hints may have been missed, so that a listener has to read the truth anew: after a reconnection,
 * after an overflow, and when a channel that nobody listened to has been opened at the broker. So whoever subscribes,
 * reads the truth, and reads again at every hint and every gap, misses nothing that was published by a living process.
 * A process that dies between its commit and its hint sends none: who must not be late for that keeps a slow poll.
 */
export interface Bus extends AsyncDisposable {
  /** False while hints of other processes cannot arrive; a gap follows when they can again. */
  readonly connected: boolean
  /**
   * Reaches the listeners of this process before it returns, those of others soon. Never waits for a broker, never
   * rejects for one: what cannot be sent becomes a gap for the others when the broker is back.
   */
  publish(channel: string, payload: Json): Promise<void>
  /** @returns what ends it; calling that again does nothing */
  on(channel: string, listener: Listener): () => void
  subscribe(channel: string, options?: SubscribeOptions): BusSubscription
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Payloads are shared between listeners, which must not change them. */
export type BusItem = { readonly type: 'message'; readonly payload: unknown } | { readonly type: 'gap' }

/** Runs inside `publish` and must be quick; what it throws is logged. */
export type Listener = (item: BusItem) => void

export interface SubscribeOptions {
  /** Messages kept for a consumer that is busy; 16 by default. */
  readonly keep?: number
  /**
   * What happens to the oldest message when there is no room. `latest`: it goes unnoticed, because every message
   * replaces those before it. `drop-oldest` (default): it goes, and the consumer gets a gap first.
   */
  readonly overflow?: 'latest' | 'drop-oldest'
  /** Ends the subscription. */
  readonly signal?: AbortSignal
}

/** `return()` and disposing end it at once, also while a `next()` is pending. A gap comes before what is queued. */
export interface BusSubscription extends AsyncIterableIterator<BusItem, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<BusItem, undefined>>
  [Symbol.asyncIterator](): BusSubscription
}

export interface BusLog {
  error(fields: object, message: string): void
}
