/**
 * A whole number of 0 to 2^53-1 in plain (`12`), padded (`12.0`) or exponent (`1.2e+01`) spelling, or undefined. Clients
 * that keep ids as floating point numbers write those of seven digits and more with an exponent. Digits are moved as
 * text, since rounding could turn what is not a whole number into one.
 */
export function wholeNumber(text: string): number | undefined {
  // A plus sign that was not percent-encoded arrives as a space.
  const [, whole, fraction = '', exponent = '0'] =
    /^(\d{1,32})(?:\.(\d{0,32}))?(?:[eE]([+ -]?\d{1,3}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = whole + fraction
  const shift = Number(exponent.replace(' ', '+')) - fraction.length
  const dropped = shift < 0 ? digits.slice(shift) : ''
  if (/[1-9]/.test(dropped)) return undefined
  const kept = shift < 0 ? digits.slice(0, shift) : digits + '0'.repeat(shift)
  const value = Number(kept === '' ? '0' : kept)
  return Number.isSafeInteger(value) ? value : undefined
}
