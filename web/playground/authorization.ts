const KEY = 'simple-douyin:authorization'
const NOTHING_AFTER_SCHEME = /^(bearer)?\s*$/i
const listeners = new Set<() => void>()

/**
 * The `Authorization` header that was sent last or that signing in brought, for every tab and after a reload. GraphiQL
 * keeps headers per tab, and pasting one token into each of them is what newcomers stumble over.
 */
export const lastAuthorization = {
  read: (): string => localStorage.getItem(KEY) ?? '',
  write: (value: string): void => {
    if (value === '') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, value)
    for (const notify of listeners) notify()
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

/**
 * Adds the last authorization to a tab's headers unless the tab has its own, which is then remembered. A `Bearer ` that
 * nothing follows counts as none. The name is always spelt `Authorization`, because connection parameters,
 * unlike HTTP headers, are case-sensitive.
 */
export const withAuthorization = (headers: Record<string, unknown>): Record<string, string> => {
  const sent: Record<string, string> = {}
  let own = ''
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === 'authorization') own = String(value).trim()
    else sent[name] = String(value)
  }
  if (NOTHING_AFTER_SCHEME.test(own)) own = lastAuthorization.read()
  else if (own !== lastAuthorization.read()) lastAuthorization.write(own)
  return own === '' ? sent : { ...sent, Authorization: own }
}

/** Remembers the token of an answer to `register`, `login` or `changePassword`, under whatever alias: who signs in stays so. */
export const keepToken = (answer: unknown): void => {
  const data = isRecord(answer) ? answer['data'] : undefined
  for (const field of isRecord(data) ? Object.values(data) : [])
    if (isRecord(field) && typeof field['token'] === 'string') lastAuthorization.write(`Bearer ${field['token']}`)
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
