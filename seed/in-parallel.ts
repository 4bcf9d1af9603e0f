/**
 * Works on all items, at most `limit` at once, in their order.
 * @throws the first failure, after what had begun has ended; nothing more is begun then
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  let failed = false
  const worker = async () => {
    for (const [place, item] of left) {
      if (failed) return
      try {
        results[place] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: limit }, worker))
  for (const each of workers) if (each.status === 'rejected') throw each.reason
  return results
}
