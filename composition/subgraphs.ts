import type { Subgraph } from '../kit/subgraph/subgraph.ts'
import type { SubgraphName } from '../schema/subgraph-names.ts'
import type { AppServices } from './services.ts'

/** Each takes of the services what it needs. Imported late: a process of one subgraph has no use for the others. */
export const subgraphs: Readonly<Record<SubgraphName, (services: AppServices) => Promise<Subgraph>>> = {
  user: async (services) => (await import('../subgraphs/user/index.ts')).user(services),
  publish: async (services) => (await import('../subgraphs/publish/index.ts')).publish(services),
  feed: async (services) => (await import('../subgraphs/feed/index.ts')).feed(services),
  favorite: async (services) => (await import('../subgraphs/favorite/index.ts')).favorite(services),
  comment: async (services) => (await import('../subgraphs/comment/index.ts')).comment(services),
  relation: async (services) => (await import('../subgraphs/relation/index.ts')).relation(services),
  message: async (services) => (await import('../subgraphs/message/index.ts')).message(services),
}
