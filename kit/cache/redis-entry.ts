/**
 * What one Redis key holds: `V` and the value as JSON, `L` and the token of a lease, or `W` and the tokens of the
 * writers that hold it (`W1|2|`). One string, so that every step is one command or script on one key, and works on a
 * Redis Cluster as it does on one server.
 */
export type Entry =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'lease'; readonly lease: string }
  | { readonly kind: 'hold' }

export const encodeValue = (value: unknown): string => `V${JSON.stringify(value)}`
export const encodeLease = (token: string): string => `L${token}`

export function decode(text: string): Entry {
  if (text.startsWith('V')) return { kind: 'value', value: JSON.parse(text.slice(1)) }
  return text.startsWith('L') ? { kind: 'lease', lease: text } : { kind: 'hold' }
}

/** KEYS: entry. ARGV: the lease, the value, its life in ms. 1 when stored. */
export const fillScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
return 1`

/** KEYS: entry. ARGV: the writer, the life of the hold in ms. Tokens of dead writers are forgotten together at 1,000 characters. */
export const holdScript = `
local old = redis.call('get', KEYS[1])
if not old or string.sub(old, 1, 1) ~= 'W' or #old > 1000 then old = 'W' end
redis.call('set', KEYS[1], old .. ARGV[1] .. '|', 'px', ARGV[2])
return 1`

/**
 * KEYS: entry. ARGV: the writer. Other writers' holds stand, everything else goes. A full server refuses even the
 * shorter text; then the other holds go too.
 */
export const releaseScript = `
local old = redis.call('get', KEYS[1])
if not old then return 0 end
if string.sub(old, 1, 1) == 'W' then
  local first, last = string.find(old, ARGV[1] .. '|', 1, true)
  if not first then return 0 end
  local rest = string.sub(old, 1, first - 1) .. string.sub(old, last + 1)
  if rest ~= 'W' and not redis.pcall('set', KEYS[1], rest, 'keepttl').err then return 0 end
end
return redis.call('del', KEYS[1])`

/** A writer that holds nothing: releasing in its name leaves every hold. */
export const nobody = '-'
