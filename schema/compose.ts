import { readFile, writeFile } from 'node:fs/promises'
import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { parse, printSchema } from 'graphql'
import { subgraphNames } from './subgraph-names.ts'

const at = (file: string) => new URL(file, import.meta.url)

/** Composes the seven SDL files. Throws with every composition error at once. */
export async function compose(): Promise<string> {
  const services = await Promise.all(
    subgraphNames.map(async (name) => ({
      name,
      typeDefs: parse(await readFile(at(`${name}.graphql`), 'utf8')),
      url: `http://${name}.subgraph`,
    })),
  )
  const result = composeServices(services)
  if (result.errors) throw new Error(result.errors.map((error) => error.message).join('\n\n'))
  return `${result.supergraphSdl.trimEnd()}\n`
}

/** What clients see: the supergraph without federation's machinery and without inaccessible fields. */
export const apiSchemaOf = (supergraphSdl: string) =>
  `${printSchema(Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema())}\n`

const main = async () => {
  const composed = await compose()
  const committed = await readFile(at('supergraph.graphql'), 'utf8').catch(() => '')
  if (process.argv.includes('--check')) {
    if (composed === committed) return
    console.error('schema/supergraph.graphql does not match the seven SDL files: run npm run compose')
    process.exitCode = 1
    return
  }
  if (composed !== committed) await writeFile(at('supergraph.graphql'), composed)
  await writeFile(at('api.generated.graphql'), apiSchemaOf(composed))
}

if (import.meta.main) await main()
