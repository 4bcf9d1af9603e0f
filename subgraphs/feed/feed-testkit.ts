import fc from 'fast-check'
import { epoch, firstIdAt } from '../../kit/ids.ts'

/** Ids of up to a hundred videos, newest first, many of them in the same few milliseconds. */
export const crowdedIds: fc.Arbitrary<number[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.constant(1_000_000), fc.integer({ min: 999_990, max: 1_000_010 }), fc.nat(10_000_000)),
      fc.nat(4_095),
    ),
    { maxLength: 100, selector: ([ms, rest]) => `${ms} ${rest}` },
  )
  .map((pairs) => pairs.map(([ms, rest]) => firstIdAt(epoch + ms) + rest).sort((a, b) => b - a))
