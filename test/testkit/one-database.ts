import type { DatabaseKind } from './databases.ts'

/** A database that everything opened with it shares: for tests with several instances, as of several processes. */
export async function oneDatabase(kind: DatabaseKind): Promise<DatabaseKind & AsyncDisposable> {
  const { url, ...disposable } = await kind.open()
  return { ...kind, open: async () => ({ url, [Symbol.asyncDispose]: async () => {} }), ...disposable }
}
