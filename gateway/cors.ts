import type { FastifyInstance } from 'fastify'

const preflight = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, x-request-id',
  'access-control-max-age': '86400',
}

/** Lets pages of any origin ask: a token is sent by the client's own code, never by the browser on its own. */
export function allowAnyOrigin(app: FastifyInstance, path: string): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*')
  })
  app.options(path, async (_request, reply) => reply.code(204).headers(preflight).send())
}
