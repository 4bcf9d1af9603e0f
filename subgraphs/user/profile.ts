import { errors } from '../../kit/errors.ts'
import { cleanText } from '../../kit/text.ts'

/** @throws BAD_USER_INPUT */
export const checkedName = (name: string) => cleanText('name', name, { max: 32 })

/** @throws BAD_USER_INPUT */
export const checkedSignature = (signature: string) => cleanText('signature', signature, { min: 0, max: 200 })

/**
 * The address of a picture on the web, or empty text for the default one. Apps load it unseen, hence nothing but http(s)
 * and no password inside. @throws BAD_USER_INPUT
 */
export function checkedPicture(field: string, text: string): string {
  const address = text.trim()
  if (address === '') return ''
  if (address.length > 500) throw errors.invalid(field, 'has more than 500 characters')
  const url = /[\s\p{Cc}\p{Cs}<>"\\]/u.test(address) ? null : URL.parse(address)
  // The parser takes `http:host` for an absolute address too; image loaders don't.
  if (!url || !/^https?:\/\/[^/]/i.test(address) || url.username !== '' || url.password !== '')
    throw errors.invalid(field, 'has to be an absolute http or https address')
  return address
}
