import { codeOf } from '../../../kit/errors.ts'

/**
 * Repeats a check until it is refused.
 * @param check rejects with FORBIDDEN; anything else says nothing, as what it asks may be away
 * @param refused called once, with the refusal
 * @returns what ends it
 */
export function recheck(check: () => Promise<void>, everyMs: number, refused: (error: unknown) => void): () => void {
  let over = false
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    timer = setTimeout(look, everyMs).unref()
  }
  const look = async () => {
    try {
      await check()
    } catch (error) {
      if (!over && codeOf(error) === 'FORBIDDEN') return refused(error)
    }
    if (!over) wait()
  }
  wait()
  return () => {
    over = true
    clearTimeout(timer)
  }
}
