import { errors } from './errors.ts'

interface TextRules {
  readonly min?: number
  readonly max: number
}

/**
 * A name or title: Unicode's composed form, without spaces around it, so that what looks the same is the same.
 * @throws BAD_USER_INPUT when it is too short or too long or holds control characters
 */
export const cleanText = (field: string, text: string, rules: TextRules): string =>
  checkedText(field, text.normalize('NFC').trim(), rules)

/**
 * What a person wrote to another, returned exactly as written; only blank text counts as empty. Length is counted in code
 * points, not in bytes or UTF-16 units.
 * @throws BAD_USER_INPUT when it is too short or too long or holds control characters
 */
export function checkedText(field: string, text: string, { min = 1, max }: TextRules): string {
  if (min > 0 && text.trim() === '') throw errors.invalid(field, 'must not be empty')
  const length = [...text].length
  if (length < min) throw errors.invalid(field, `needs at least ${min} characters`)
  if (length > max) throw errors.invalid(field, `has more than ${max} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u.test(text))
    throw errors.invalid(field, 'holds control characters')
  return text
}
