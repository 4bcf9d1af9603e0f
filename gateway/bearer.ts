/** The token of an `Authorization: Bearer …` header; null for no header, the text as it is for another scheme. */
export const bearerToken = (authorization: string | undefined): string | null => {
  if (authorization === undefined || authorization.trim() === '') return null
  return authorization.replace(/^Bearer\s+/i, '').trim()
}
