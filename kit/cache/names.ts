/** What a key is called where the keys of all spaces are together: in Redis, in the table of owed drops, among writers. */
export const nameOf = (space: string, key: number): string => `${space}:${key}`

export function fromName(name: string): { readonly space: string; readonly key: number } {
  const end = name.lastIndexOf(':')
  return { space: name.slice(0, end), key: Number(name.slice(end + 1)) }
}
