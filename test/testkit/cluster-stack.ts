import { subgraphNames } from '../../schema/subgraph-names.ts'
import { AppProcess, type LogLine } from './app-process.ts'
import { eventually } from './eventually.ts'
import { type Ingress, startIngress } from './ingress.ts'
import { freePort } from './server-process.ts'

export interface ClusterOptions {
  readonly env: Readonly<Record<string, string>>
  readonly log: LogLine[]
  /** For each role but the gateway, which always has two places. With 2, the second one is for a successor. */
  readonly places?: 1 | 2
}

/** Every role in a process of its own, two gateways, and an ingress before them. */
export interface Cluster extends AsyncDisposable {
  readonly url: string
  /** By role, one for each address that the others know. Of two, only the gateways both run from the start. */
  readonly places: ReadonlyMap<string, readonly AppProcess[]>
  /** All again, at the same addresses. Resolves when they get requests. */
  start(): Promise<void>
  /** Starts one, and waits until it gets requests. */
  add(one: AppProcess): Promise<void>
  /** All that run; the doors first. @returns the highest exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export const clusterRoles = [...subgraphNames, 'gateway', 'rest-adapter'] as const

const secrets = { SUBGRAPH_SECRET: 's'.repeat(40), TOKEN_KEYS: `test:${'k'.repeat(40)}` }

export async function startCluster({ env, log, places = 1 }: ClusterOptions): Promise<Cluster> {
  const ports = new Map<string, readonly number[]>()
  for (const role of clusterRoles)
    ports.set(role, await Promise.all(Array.from({ length: role === 'gateway' ? 2 : places }, freePort)))
  const origins = (role: string) => (ports.get(role) ?? []).map((port) => `http://127.0.0.1:${port}`)
  const addresses = Object.fromEntries([
    ...subgraphNames.map((name) => [`SUBGRAPH_URL_${name.toUpperCase()}`, origins(name).join(',')]),
    ['GATEWAY_URL', origins('gateway').join(',')],
  ])
  const processes = new Map(
    [...ports].map(([role, each]) => [
      role,
      each.map((port) => new AppProcess({ roles: [role], port, log, env: { ...secrets, ...addresses, ...env } })),
    ]),
  )
  const all = () => [...processes.values()].flat()
  const stop = async (signal?: NodeJS.Signals) => {
    const end = (list: readonly AppProcess[]) =>
      Promise.all(list.filter(({ running }) => running).map((one) => one.stop(signal)))
    const codes: (number | null)[] = []
    for (const role of clusterRoles.toReversed()) codes.push(...(await end(processes.get(role) ?? [])))
    return codes.some((code) => code === null) ? null : Math.max(...codes.map(Number))
  }
  const start = async () => {
    const first = [...processes].flatMap(([role, [one, two]]) => (role === 'gateway' ? [one, two] : [one]))
    await Promise.all(first.map((one) => one?.start()))
  }
  let ingress: Ingress | undefined
  const dispose = async () => {
    await ingress?.[Symbol.asyncDispose]()
    await Promise.all(all().map((one) => one.kill9()))
  }
  try {
    await start()
    const isLegacy = (path: string) => /^\/+douyin(\/|$|\?)/.test(path)
    ingress = await startIngress({ origins: (path) => origins(isLegacy(path) ? 'rest-adapter' : 'gateway') })
  } catch (error) {
    await dispose()
    throw error
  }
  const { url, knows } = ingress
  const isFound = async (one: AppProcess) => {
    const isDoor = one.roles.some((role) => role === 'gateway' || role === 'rest-adapter')
    if (isDoor) await eventually(() => knows(one.url))
  }
  const add = async (one: AppProcess) => {
    await one.start()
    await isFound(one)
  }
  const startAll = async () => {
    await start()
    await Promise.all(
      all()
        .filter(({ running }) => running)
        .map(isFound),
    )
  }
  return { url, places: processes, start: startAll, add, stop, [Symbol.asyncDispose]: dispose }
}
