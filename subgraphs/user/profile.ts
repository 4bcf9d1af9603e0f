import { errors } from '../../kit/errors.ts'
import { cleanText } from '../../kit/text.ts'

/** One line that shows something, in the direction of its letters. @throws BAD_USER_INPUT */
export function checkedName(text: string): string {
  const name = cleanText('name', text, { max: 32 })
  // Joiners and variation selectors may be in it, because emoji are made with them.
  if (/^[\p{Default_Ignorable_Code_Point}\s]*$/u.test(name)) throw errors.invalid('name', 'must not be invisible')
  if (/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name))
    throw errors.invalid('name', 'holds line breaks, control characters or marks of direction')
  return name
}

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
