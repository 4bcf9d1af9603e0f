import type { Answer } from './subgraph.ts'

export interface GraphqlAnswer {
  readonly status: number
  /** What the operation asked for. */
  readonly data: Answer
  readonly errors?: readonly { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
  /** The code of the first error. */
  readonly code: unknown
}

/** Runs an operation over HTTP, as a web client does. */
export async function graphql(
  url: string,
  query: string,
  { token, variables = {} }: { token?: string; variables?: Record<string, unknown> } = {},
): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  const answer = (await response.json()) as Omit<GraphqlAnswer, 'status' | 'code'> // every answer of /graphql has this shape
  return { status: response.status, ...answer, code: answer.errors?.[0]?.extensions['code'] }
}
