import type { Cache } from './cache.ts'

/** Runs a write that ends with its commit, with names in a cache fenced off before and dropped after it, also if it fails. */
export async function fenced<Result>(
  cache: Cache,
  names: Iterable<string>,
  write: () => Promise<Result>,
): Promise<Result> {
  const each = [...new Set(names)]
  const hold = await cache.hold(each)
  try {
    return await write()
  } finally {
    await cache.drop(each, hold)
  }
}
