import { access } from 'node:fs/promises'
import { join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

export const playgroundPath = '/playground/'

// The editor sets inline styles and carries its icon fonts inside its style sheet; nothing needs inline scripts or eval.
// 'self' in connect-src covers the socket of the same origin as well.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/**
 * Serves the built playground under `/playground/`, to every method but GET and HEAD a 404. Without a build in
 * `directory` (an absolute path) every address below the prefix answers 503 and names the command that makes one; a
 * build that appears later is served at once.
 */
export const playground =
  ({ directory }: { directory: string }): FastifyPluginAsync =>
  async (app) => {
    const index = join(directory, 'index.html')
    const assets = join(directory, 'assets') + sep

    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      if (await exists(index)) return
      return reply
        .code(503)
        .header('cache-control', 'no-store')
        .type('text/plain; charset=utf-8')
        .send('The playground is not built yet: run "npm run build:playground" and reload this page.\n')
    })
    await app.register(fastifyStatic, {
      root: directory,
      prefix: playgroundPath,
      decorateReply: false,
      cacheControl: false,
      suppressWarning: true,
      // Names of assets carry a hash of their content; the page that names them does not.
      setHeaders: (reply, path) =>
        reply.header('cache-control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache'),
    })
    app.get(playgroundPath.slice(0, -1), (_request, reply) => reply.redirect(playgroundPath, 308))
  }

/** Sends `/` to the playground, for a server that has no page of its own there. Temporary (302): another may come. */
export const playgroundAtRoot: FastifyPluginAsync = async (app) => {
  app.get('/', (_request, reply) => reply.redirect(playgroundPath, 302))
}
