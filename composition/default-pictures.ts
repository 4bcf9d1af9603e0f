import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { picturesFolder, picturesPath } from '../subgraphs/user/pictures.ts'

/** The pictures of users who have not set any. */
export const defaultPictures: FastifyPluginAsync = async (app) => {
  await app.register(fastifyStatic, {
    root: picturesFolder,
    prefix: picturesPath,
    decorateReply: false,
    maxAge: '1d', // their names say nothing of what is in them
    setHeaders: (reply) => {
      reply.header('access-control-allow-origin', '*')
      reply.header('cross-origin-resource-policy', 'cross-origin')
      reply.header('x-content-type-options', 'nosniff')
    },
  })
}
