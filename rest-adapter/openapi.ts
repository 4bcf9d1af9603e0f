import { z } from 'zod'
import { catalogue } from '../kit/errors.ts'
import { type Route, routes } from './routes.ts'
import * as shapes from './shapes.ts'

/** An OpenAPI 3.1 document, as JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>

type JsonSchema = z.core.JSONSchema.JSONSchema

/** Describes the endpoints from the table that serves them, so that it can't say anything else than what is served. */
export const openApiDocument = ({ version = '1' }: { version?: string } = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: {
    title: '抖声 REST 接口',
    version,
    description:
      '所有请求都返回 HTTP 200 和 JSON：status_code 为 0 表示成功，其他值表示失败，原因见 status_msg。' +
      '参数可以放在查询串、表单或 JSON 中；同名时依次以查询串、表单、JSON 为准。路径末尾的斜杠可以省略。' +
      '列表一次返回全部，最多 2000 项；聊天记录最多为最新的 5000 条。' +
      `\n\n${statusCodes()}`,
  },
  tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
  paths: Object.fromEntries(routes.map((route) => [route.path, { [route.method.toLowerCase()]: operationOf(route) }])),
  components: {
    schemas: schemas(),
    securitySchemes: {
      token: { type: 'apiKey', in: 'query', name: 'token', description: '登录或注册时得到的 token' },
      bearer: { type: 'http', scheme: 'bearer' },
    },
  },
})

const tagOf = ({ path }: Route): string => path.split('/')[2] ?? ''

/** From the catalogue, as a table of Markdown that is opened when wanted: the endpoints are what the page is for. */
const statusCodes = (): string => {
  const failures = Object.values(catalogue).map(({ legacy, zh }) => `| ${legacy} | ${zh} |`)
  const table = ['| status_code | 含义 |', '| --- | --- |', '| 0 | 成功 |', ...failures].join('\n')
  return `<details><summary>status_code 一览</summary>\n\n${table}\n\n</details>`
}

type TokenNeed = Route['token']

const withToken = [{ token: [] }, { bearer: [] }]

// OpenAPI's word for "optional" is one more alternative, `{}`, which Swagger UI takes for "already signed in" and shows as
// a closed lock. The description of the parameter says it instead.
const security: Readonly<Record<TokenNeed, readonly object[]>> = { required: withToken, optional: withToken, none: [] }

const tokenNote = '登录或注册时得到的 token，也可以放在 Authorization 请求头中'
const tokenDescriptions: Readonly<Record<TokenNeed, string | null>> = {
  required: `必填：${tokenNote}`,
  optional: `可选：${tokenNote}；无效时按未登录处理`,
  none: null,
}

/** The token stands among the parameters, as the old app sends it; never as a required one, since a header does as well. */
function inputOf(route: Route): { properties: Record<string, JsonSchema>; required: readonly string[] } {
  const { properties, required = [] } = schemaOf(route.params, 'input')
  const description = tokenDescriptions[route.token]
  const token = description === null ? {} : { token: { type: 'string' as const, description } }
  return { properties: { ...(properties as Record<string, JsonSchema>), ...token }, required }
}

function operationOf(route: Route): object {
  return {
    operationId: route.path.split('/').filter(Boolean).slice(1).join('_'),
    summary: route.summary,
    tags: [tagOf(route)],
    security: security[route.token],
    'x-graphql-operations': route.operations,
    ...(route.file
      ? { requestBody: { required: true, content: { 'multipart/form-data': { schema: uploadOf(route) } } } }
      : { parameters: parametersOf(route) }),
    responses: {
      200: {
        description: '成功或失败',
        content: { 'application/json': { schema: schemaOf(route.reply.shape, 'output') } },
      },
    },
  }
}

function parametersOf(route: Route): object[] {
  const { properties, required } = inputOf(route)
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description: schema.description ?? '',
    schema,
  }))
}

function uploadOf(route: Route): object {
  const { properties, required } = inputOf(route)
  const fields = Object.entries(properties).map(([name, schema]) => {
    // Swagger UI fills every field in: without an example with the word `string`, which is then published as the title.
    return [name, { ...schema, example: '' }]
  })
  return {
    type: 'object',
    properties: {
      data: { type: 'string', format: 'binary', description: '视频文件' },
      ...Object.fromEntries(fields),
    },
    required: ['data', ...required],
  }
}

/** With `User` and its like as references into the components. */
function schemaOf(type: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, $defs: __, ...schema } = z.toJSONSchema(type, { io })
  return pointed(schema)
}

const schemas = (): Record<string, JsonSchema> => {
  const { User, FriendUser, Video, Comment, Message } = shapes
  const { $defs = {} } = z.toJSONSchema(z.strictObject({ User, FriendUser, Video, Comment, Message }))
  return Object.fromEntries(Object.entries($defs).map(([name, schema]) => [name, pointed(schema)]))
}

/** With references into the components, and without the bounds that every whole number has. */
const pointed = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema, withoutSafeBounds).replaceAll('"#/$defs/', '"#/components/schemas/'))

const withoutSafeBounds = (key: string, value: unknown) =>
  (key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER ? undefined : value
