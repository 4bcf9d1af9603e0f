/** Whether a statement failed because a table is not there: its owner has not migrated yet. */
export function isMissingTable(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  // SQLite has one code for every fault in a statement.
  return (
    error.code === 'ER_NO_SUCH_TABLE' ||
    (error.code === 'ERR_SQLITE_ERROR' && error.message.startsWith('no such table'))
  )
}
