import { faultOf } from '../database/transaction.ts'
import type { Cache } from './cache.ts'

/** Runs a write that ends with its commit, with names in a cache fenced off before and dropped after it, also if it fails. */
export async function fenced<Result>(
  cache: Cache,
  names: Iterable<string>,
  write: () => Promise<Result>,
): Promise<Result> {
  const each = [...new Set(names)]
  const hold = await cache.hold(each)
  let isUnknown = false
  try {
    return await write()
  } catch (error) {
    isUnknown = faultOf(error) === 'lost'
    throw error
  } finally {
    await (isUnknown ? cache.doubt(each) : cache.drop(each, hold))
  }
}
