import { errors } from '../../kit/errors.ts'

const pattern = /^([1-9a-z][0-9a-z]{0,10})-[0-9a-f]{32}$/

/**
 * An upload's id holds its owner and 128 random bits: a ticket for it is only ever given to that owner, so nothing has to
 * be stored before the upload is published. Lower case only, for file systems that don't tell the cases apart.
 */
export const uploadIdOf = (ownerId: number, random: Uint8Array): string =>
  `${ownerId.toString(36)}-${Buffer.from(random).toString('hex')}`

/** @throws BAD_USER_INPUT for what {@link uploadIdOf} did not make */
export function ownerOfUpload(uploadId: string): number {
  const owner = Number.parseInt(pattern.exec(uploadId)?.[1] ?? '', 36)
  if (!Number.isSafeInteger(owner)) throw errors.invalid('uploadId', 'not the id of an upload')
  return owner
}
