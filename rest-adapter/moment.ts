import { wholeNumber } from './whole-number.ts'

/** Below this a number of the client is seconds, from here on milliseconds (as such it would be in March 1973). */
const firstMillisecond = 100_000_000_000

/** The end of the year 9999, the last that RFC 3339 can write. */
const lastMillisecond = 253_402_300_799_999

/** China has had no daylight saving time since 1991. */
const chinaOffset = 8 * 3_600_000

/**
 * A time as clients send it, in milliseconds; undefined for what means no time at all: nothing, zero, a negative number,
 * words. The documents say seconds, the app sends milliseconds.
 */
export function momentOf(text: string | undefined): number | undefined {
  const value = wholeNumber(text ?? '')
  if (value === undefined || value === 0) return undefined
  return Math.min(value < firstMillisecond ? value * 1000 : value, lastMillisecond)
}

/**
 * What the feed is asked for: undefined, for its newest page, also when the client's time is in the future. A minute of
 * grace lets a time that we gave out ourselves through when the clock of this process runs late.
 */
export function feedMoment(text: string | undefined, now: number): number | undefined {
  const moment = momentOf(text)
  return moment === undefined || moment > now + 60_000 ? undefined : moment
}

/** As a DateTime of the graph. */
export const toDateTime = (ms: number) => new Date(ms).toISOString()

export const toMilliseconds = (dateTime: string) => Date.parse(dateTime)

/** Month and day in China, where the app's users are: `01-31`. */
export const monthAndDay = (dateTime: string) =>
  new Date(Date.parse(dateTime) + chinaOffset).toISOString().slice('2026-'.length, '2026-01-31'.length)
