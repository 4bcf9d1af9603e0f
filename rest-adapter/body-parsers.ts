import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { errors } from '../kit/errors.ts'
import { drain, formLimits } from './form.ts'

/** Of a body that is not a form with a file, in bytes: many times the longest message, percent-encoded. */
export const bodyLimit = 64 * 1024

/** Bodies that may hold parameters. Any other kind is let by, since the app may have put everything into the query. */
export async function bodyParsers(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'string', bodyLimit } as const
  app.addContentTypeParser('application/json', options, async (_: FastifyRequest, text: string) => parsedJson(text))
  app.addContentTypeParser('application/x-www-form-urlencoded', options, async (_: FastifyRequest, text: string) =>
    firstValues(text),
  )
  app.addContentTypeParser('*', async (request: FastifyRequest) => drain(request, bodyLimit))
  await app.register(multipart, { limits: formLimits })
}

function parsedJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw errors.invalid('body', 'is not JSON')
    throw error
  }
}

const firstValues = (text: string) => Object.fromEntries([...new URLSearchParams(text)].reverse())
