const documents: Record<string, string> = import.meta.glob('./examples/*.graphql', {
  eager: true,
  import: 'default',
  query: '?raw',
})
const variables: Record<string, string> = import.meta.glob('./examples/*.json', {
  eager: true,
  import: 'default',
  query: '?raw',
})

/** The starter tabs in the order of their file names, each with the variables that lie beside its document. */
export const examples = Object.entries(documents)
  .sort(([one], [other]) => one.localeCompare(other, 'en'))
  .map(([name, query]) => ({ query, variables: variables[name.replace('.graphql', '.json')] ?? null }))
