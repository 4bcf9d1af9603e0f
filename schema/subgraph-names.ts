/** The seven subgraphs, in the order in which they are composed. */
export const subgraphNames = ['user', 'publish', 'feed', 'favorite', 'comment', 'relation', 'message'] as const

export type SubgraphName = (typeof subgraphNames)[number]
