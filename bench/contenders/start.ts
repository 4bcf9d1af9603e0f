import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type SubgraphName, subgraphNames } from '../../schema/subgraph-names.ts'
import { freePort, temporaryFolder } from '../../test/testkit/server-process.ts'
import { type BenchRequest, Client, isSuccess, isWithoutErrors } from '../load/client.ts'
import { secrets } from '../world/make.ts'
import type { Contender } from './contender.ts'
import { startConstant, startOneProcess, startWithHttpSubgraphs } from './ours.ts'
import { type Server, startServer } from './server.ts'

const graphql = { door: 'graphql', check: isWithoutErrors } as const
const rest = { door: 'rest', check: isSuccess } as const
const folder = (path: string) => resolve(import.meta.dirname, path)

/** Starts contenders, each on a copy of the data, and stops them together. */
export class Arena implements AsyncDisposable {
  readonly #dataDir: string | undefined
  readonly #folders: string[] = []
  readonly #servers: Server[] = []
  #stock: { supergraph: string; server: Server } | undefined

  /** @param dataDir is copied for each contender; without one the subgraphs' answers are constant */
  constructor(dataDir?: string) {
    this.#dataDir = dataDir
  }

  /** Ours in one process, at both of its doors. */
  async oneProcess(): Promise<[graph: Contender, app: Contender]> {
    const server = this.#keep(
      this.#dataDir ? await startOneProcess(await this.#copy(this.#dataDir)) : await startConstant(),
    )
    return [
      { name: 'ours, /graphql', url: server.url, servers: [server], ...graphql },
      { name: 'ours, /douyin', url: server.url, servers: [server], ...rest },
    ]
  }

  /** Ours with the doors in one process and the subgraphs in another. */
  async httpSubgraphs(): Promise<Contender> {
    const servers = await startWithHttpSubgraphs(this.#dataDir && (await this.#copy(this.#dataDir)))
    for (const server of servers) this.#keep(server)
    return { name: 'ours, HTTP subgraphs', url: servers[0].url, servers, ...graphql }
  }

  async stockApollo(): Promise<Contender> {
    const { supergraph, server } = await this.#stockSubgraphs()
    const port = await freePort()
    const script = 'bench/contenders/stock-gateway.ts'
    const gateway = this.#keep(
      await startServer(script, { port, args: [`${port}`, supergraph], ready: typenameOf('/') }),
    )
    return { name: 'stock Apollo', url: gateway.url, servers: [gateway, server], ...graphql }
  }

  /** On the same subgraphs as stock Apollo. @throws when it is not installed: `npm ci` in bench/hive-gateway */
  async hiveGateway(): Promise<Contender> {
    const { supergraph, server } = await this.#stockSubgraphs()
    const port = await freePort()
    const script = 'bench/hive-gateway/server.js'
    const ready = typenameOf('/graphql')
    const gateway = this.#keep(await startServer(script, { port, args: [`${port}`, supergraph], ready }))
    return { name: 'Hive Gateway', url: gateway.url, servers: [gateway, server], ...graphql }
  }

  /** Sends to everybody the bytes that `model` answers this request with. */
  async bare(model: Contender, request: BenchRequest): Promise<Contender> {
    const client = new Client(model.url, model.check)
    const bytes = await client.text(request)
    client.close()
    const file = join(await this.#folder(), 'body')
    await writeFile(file, bytes)
    const port = await freePort()
    const server = this.#keep(
      await startServer('bench/contenders/bare.ts', { port, args: [`${port}`, file], ready: '/' }),
    )
    return { name: 'bare node:http', url: server.url, servers: [server], ...rest }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.toReversed()) await server.stop()
    for (const path of this.#folders) await rm(path, { recursive: true, force: true })
  }

  async #stockSubgraphs() {
    if (this.#stock) return this.#stock
    const port = await freePort()
    const args = [String(port), ...(this.#dataDir ? [await this.#copy(this.#dataDir)] : [])]
    const script = 'bench/contenders/stock-subgraphs.ts'
    const server = this.#keep(await startServer(script, { port, args, env: secrets, ready: typenameOf('/') }))
    const supergraph = join(await this.#folder(), 'supergraph.graphql')
    const sdl = await readFile(folder('../../schema/supergraph.graphql'), 'utf8')
    const address = (_: string, name: string) =>
      `http://127.0.0.1:${port + subgraphNames.indexOf(name as SubgraphName)}`
    // Hive's parser does not know that a schema may have a description.
    const plain = sdl.replace(/^"""[^"]*"""\n(?=schema\b)/m, '')
    await writeFile(supergraph, plain.replace(/http:\/\/(\w+)\.subgraph/g, address))
    this.#stock = { supergraph, server }
    return this.#stock
  }

  #keep(server: Server): Server {
    this.#servers.push(server)
    return server
  }

  async #folder(): Promise<string> {
    const path = await temporaryFolder('bench')
    this.#folders.push(path)
    return path
  }

  async #copy(dataDir: string): Promise<string> {
    const path = await this.#folder()
    await cp(dataDir, path, { recursive: true })
    return path
  }
}

const typenameOf = (path: string) => `${path}?query=%7B__typename%7D`
