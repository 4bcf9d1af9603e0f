import { fastifySwagger } from '@fastify/swagger'
import { fastifySwaggerUi } from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import type { openApiDocument } from './openapi.ts'

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 40">
  <title>simple-douyin</title>
  <text y="29" font-family="sans-serif" font-size="28" font-weight="700" fill="#fff">simple-douyin</text>
</svg>`

// The package's own policy lets fonts and pictures come from elsewhere, and turns every address into https, which leaves
// the page blank on a server that is reached by plain http under any name but localhost.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * A page that explains the 16 endpoints and lets a person try them, at `/douyin/docs/`; the document itself is at
 * `/douyin/openapi.json`. All that the page loads comes from this server.
 */
export const openApiPage =
  ({ document }: { document: ReturnType<typeof openApiDocument> }): FastifyPluginAsync =>
  async (app) => {
    await app.register(fastifySwagger, { mode: 'static', specification: { document: document as never } }) // valid by construction, of a looser type
    await app.register(fastifySwaggerUi, {
      routePrefix: '/douyin/docs',
      uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
      theme: { title: 'simple-douyin: the 16 endpoints' },
      logo: { type: 'image/svg+xml', content: Buffer.from(logo) },
      staticCSP: CONTENT_SECURITY_POLICY,
    })
    app.get('/douyin/openapi.json', () => document)
  }
