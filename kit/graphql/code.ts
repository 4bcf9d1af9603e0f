/**
 * Generated code is for the few functions that run once per object: with literal property names V8 keeps object shapes
 * monomorphic, which a loop over key names shared by all operations never is (about four times the time, measured).
 */
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/

const own = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined // checked to be there

const define = (object: object, key: string, value: unknown): void => {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true })
}

/** Source of a string literal for a GraphQL name. Anything else is refused: it would be code injection. */
export const literal = (name: string): string => {
  if (!NAME.test(name)) throw new TypeError(`not a GraphQL name: ${JSON.stringify(name)}`)
  return `"${name}"`
}

// `constructor`, `toString` and `__proto__` are legal response names, and every plain object seems to have them.
const inherited = (key: string): boolean => key in Object.prototype

export const read = (object: string, key: string): string =>
  inherited(key) ? `own(${object}, ${literal(key)})` : `${object}[${literal(key)}]`

export const write = (object: string, key: string, value: string): string =>
  key === '__proto__' ? `define(${object}, "__proto__", ${value})` : `${object}[${literal(key)}] = ${value}`

/** An entry of an object literal. A computed key, unlike a plain one, makes `__proto__` an ordinary property. */
export const entry = (key: string, value: string): string =>
  key === '__proto__' ? `["__proto__"]: ${value}` : `${literal(key)}: ${value}`

/** Evaluates the source of one function. `bound` are the values that the source may name. */
export const compile = <F>(source: string, bound: Readonly<Record<string, unknown>> = {}): F => {
  const names = ['own', 'define', ...Object.keys(bound)]
  const build = new Function(...names, `"use strict"; return ${source}`)
  return build(own, define, ...Object.values(bound)) as F // the type of generated code is the word of its generator
}

/** The same reads and writes for code that is not generated. */
export const readKey = (object: object, key: string): unknown =>
  inherited(key) ? own(object, key) : (object as Record<string, unknown>)[key] // any object may be indexed by a name

export const writeKey = (object: object, key: string | number, value: unknown): void => {
  if (key === '__proto__') define(object, key, value)
  else (object as Record<string, unknown>)[key] = value // any object may be indexed by a name
}
