import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker'
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker'
import GraphQLWorker from 'monaco-graphql/esm/graphql.worker.js?worker'

const makers: Record<string, () => Worker> = {
  json: () => new JsonWorker(),
  graphql: () => new GraphQLWorker(),
}

// GraphiQL ships the same set-up, but its copy writes a line to the console for every worker.
Object.assign(globalThis, {
  MonacoEnvironment: { getWorker: (_id: string, label: string) => makers[label]?.() ?? new EditorWorker() },
})
