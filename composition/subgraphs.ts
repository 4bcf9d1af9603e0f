import type { Subgraph } from '../kit/subgraph/subgraph.ts'
import type { SubgraphName } from '../schema/subgraph-names.ts'
import { comment } from '../subgraphs/comment/index.ts'
import { favorite } from '../subgraphs/favorite/index.ts'
import { feed } from '../subgraphs/feed/index.ts'
import { message } from '../subgraphs/message/index.ts'
import { publish } from '../subgraphs/publish/index.ts'
import { relation } from '../subgraphs/relation/index.ts'
import { user } from '../subgraphs/user/index.ts'
import type { AppServices } from './services.ts'

/** Each subgraph takes of the services what it needs. */
export const subgraphs: Readonly<Record<SubgraphName, (services: AppServices) => Promise<Subgraph>>> = {
  user,
  publish,
  feed,
  favorite,
  comment,
  relation,
  message,
}
