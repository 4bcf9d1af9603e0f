import { fastifySwagger } from '@fastify/swagger'
import { fastifySwaggerUi } from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import type { openApiDocument } from './openapi.ts'
import { logo, script, style } from './openapi-theme.ts'

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
 * A page that explains the 16 endpoints and lets a person try them, at `/douyin/docs/`; the document itself is beside it,
 * at `/douyin/docs/json` and `/douyin/docs/yaml`. All that the page loads comes from this server.
 */
export const openApiPage =
  ({ document }: { document: ReturnType<typeof openApiDocument> }): FastifyPluginAsync =>
  async (app) => {
    await app.register(fastifySwagger, { mode: 'static', specification: { document: document as never } }) // valid by construction, of a looser type
    await app.register(fastifySwaggerUi, {
      routePrefix: '/douyin/docs',
      uiConfig: { docExpansion: 'list', tryItOutEnabled: true },
      theme: {
        title: 'simple-douyin: the 16 endpoints',
        css: [{ filename: 'page.css', content: style }],
        js: [{ filename: 'page.js', content: script }],
      },
      logo: { type: 'image/svg+xml', content: Buffer.from(logo) },
      staticCSP: CONTENT_SECURITY_POLICY,
    })
  }
