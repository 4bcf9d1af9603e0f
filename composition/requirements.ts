import { type Settings, SettingsError } from '../kit/env.ts'
import { type SubgraphName, subgraphNames } from '../schema/subgraph-names.ts'
import { allRoles, isInGraph, type Role } from './roles.ts'

/** @throws with everything at once that these roles need and the settings do not have */
export function checkRequirements(settings: Settings, roles: ReadonlySet<Role>): void {
  const here = subgraphNames.filter((name) => roles.has(name))
  const inGraph = isInGraph(roles)
  const apart = inGraph && roles.size < allRoles.length
  const several = settings.WORKERS > 1
  const faults: string[] = []
  const need = (name: keyof Settings, why: string) => {
    if (settings[name] === undefined) faults.push(`${name}: has to be set ${why}`)
  }
  if (apart || several) {
    const why = several ? 'where several workers run' : 'where not everything runs in one process'
    need('TOKEN_KEYS', why)
    need('SUBGRAPH_SECRET', why)
    need('REDIS_URL', `${why}: they tell each other by it what has changed`)
  }
  if (here.length > 0 && (apart || several) && !settings.DATABASE_URL?.startsWith('mysql:'))
    faults.push('DATABASE_URL: has to be a mysql:// address where several processes share the data')
  if (inGraph)
    for (const name of subgraphNames)
      if (!roles.has(name) && !settings.subgraphUrls.has(name))
        faults.push(`SUBGRAPH_URL_${name.toUpperCase()}: has to be set, as ${name} does not run in this process`)
  for (const name of settings.subgraphUrls.keys())
    if (!subgraphNames.includes(name as SubgraphName))
      faults.push(`SUBGRAPH_URL_${name.toUpperCase()}: there is no subgraph of that name`)
  if (roles.has('rest-adapter') && !roles.has('gateway'))
    need('GATEWAY_URL', 'where the gateway does not run in this process')
  // In storage, a published video is copied to its place, which S3 does not do for more at once.
  if (settings.STORAGE_URL && settings.MAX_UPLOAD_BYTES > 5 * 2 ** 30)
    faults.push('MAX_UPLOAD_BYTES: has to be 5 GiB at most, where STORAGE_URL is set')
  if (faults.length > 0) throw new SettingsError(faults)
}
