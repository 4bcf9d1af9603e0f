import { openDoorServices } from '../../composition/door-services.ts'
import { openSubgraphServices } from '../../composition/services.ts'
import { subgraphs } from '../../composition/subgraphs.ts'
import { readSettings } from '../../kit/env.ts'
import { createLog } from '../../kit/log.ts'
import type { DataSource } from '../../kit/subgraph/data-source.ts'
import { InProcessDataSource } from '../../kit/subgraph/in-process.ts'
import type { Subgraph } from '../../kit/subgraph/subgraph.ts'
import type { RequestScope } from '../../kit/viewer.ts'
import { subgraphNames } from '../../schema/subgraph-names.ts'
import { secrets } from '../world/make.ts'

/** The app's own subgraphs on its own database and cache, for servers that are not ours. */
export async function realSubgraphs(dataDir: string): Promise<Subgraph[]> {
  const settings = readSettings({ DATA_DIR: dataDir })
  const log = await createLog({ level: 'warn' })
  const keys = { tokens: new Map([secrets.TOKEN_KEYS.split(':') as [string, string]]), subgraphSecret: '' } // name:secret
  const doors = await openDoorServices(settings, keys, log)
  const sources = new Map<string, DataSource<RequestScope>>()
  const services = await openSubgraphServices(settings, doors, { log, sources: () => sources, onStatement: () => {} })
  const opened = await Promise.all(subgraphNames.map((name) => subgraphs[name](services)))
  for (const subgraph of opened) sources.set(subgraph.name, new InProcessDataSource(subgraph))
  return opened
}
