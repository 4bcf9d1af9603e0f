import { pipeline, type Readable, Transform } from 'node:stream'
import { errors } from '../kit/errors.ts'

/** The same bytes; fails with PAYLOAD_TOO_LARGE when there are more than `maxBytes`, and with whatever `source` fails with. */
export function bounded(source: Readable, maxBytes: number): Readable {
  let left = maxBytes
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.byteLength
      if (left < 0) done(errors.tooLarge('file', maxBytes))
      else done(null, chunk)
    },
  })
  // Whoever reads the result learns of the failure; here it only has to close both.
  pipeline(source, limit, () => {})
  return limit
}
