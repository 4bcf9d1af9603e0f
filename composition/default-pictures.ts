import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { picturesFolder, picturesPath } from '../subgraphs/user/index.ts'

/** The pictures of users who have not set any. */
export const defaultPictures: FastifyPluginAsync = async (app) => {
  await app.register(fastifyStatic, {
    root: picturesFolder,
    prefix: picturesPath,
    decorateReply: false,
    immutable: true,
    maxAge: '365d',
  })
}
