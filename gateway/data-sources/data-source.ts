export type { DataSource, SubgraphCall, SubgraphEvents } from '../../kit/subgraph/data-source.ts'
