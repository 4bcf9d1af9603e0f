import { z } from 'zod'

const empty = (value: unknown) => (value === '' ? undefined : value)
const optional = <Type extends z.ZodType>(type: Type) => z.preprocess(empty, type.optional())
const number = (least: number, most: number, otherwise: number) =>
  z.preprocess(empty, z.coerce.number().int().min(least).max(most).default(otherwise))
const httpUrl = z.url({ protocol: /^https?$/ })

/** One or several, comma-separated, that serve the same. */
const httpUrls = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim()))
  .pipe(z.tuple([httpUrl], httpUrl))

const paths = z.string().transform((text) => text.split(',').map((path) => path.trim()))

/** `name:secret` pairs, comma-separated. */
const keys = z
  .string()
  .regex(
    /^[\w-]+:[^,:]{32,}(,[\w-]+:[^,:]{32,})*$/,
    'has to be name:secret[,name:secret…], each secret of at least 32 characters',
  )
  .transform((text) => new Map(text.split(',').map((pair) => pair.split(':') as [string, string])))

const schema = z.object({
  NODE_ENV: z.preprocess(empty, z.enum(['development', 'test', 'production']).default('development')),
  HOST: z.preprocess(empty, z.string().default('0.0.0.0')),
  PORT: number(0, 65_535, 4000),
  DATA_DIR: z.preprocess(empty, z.string().default('./data')),
  DATABASE_URL: optional(z.string().regex(/^(sqlite:|mysql:\/\/)/, 'has to begin with sqlite: or mysql://')),
  DATABASE_POOL: number(1, 1_000, 10),
  REDIS_URL: optional(z.string().regex(/^rediss?:\/\//, 'has to begin with redis:// or rediss://')),
  STORAGE_URL: optional(
    z
      .string()
      .regex(
        /^https?:\/\/([^/@\s]+:[^/@\s]+@)?[^/@\s]+\/[a-z0-9][a-z0-9.-]+\/?(\?region=[\w-]+)?$/,
        'has to be https://key:secret@host/bucket, maybe with ?region=…; other than letters and digits %-encoded',
      ),
  ),
  SUBGRAPH_SECRET: optional(z.string().min(32)),
  TOKEN_KEYS: optional(keys),
  PUBLIC_URL: optional(httpUrl),
  MAX_UPLOAD_BYTES: number(1, 2 ** 40, 512 * 2 ** 20),
  INTROSPECTION: optional(z.enum(['true', 'false'])),
  TRUSTED_DOCUMENTS: optional(paths),
  TRUSTED_DOCUMENTS_ONLY: z.preprocess(empty, z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false)),
  LOG_LEVEL: z.preprocess(empty, z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info')),
  DRAIN_MS: number(0, 300_000, 0),
  GATEWAY_URL: optional(httpUrls),
  WORKERS: number(1, 256, 1),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  OTEL_SERVICE_NAME: optional(z.string()),
})

const subgraphUrl = /^SUBGRAPH_URL_([A-Z]+)$/

/**
 * Apollo's gateway would look for a cloud's metadata server and report to its makers; it can be told not to only by the
 * environment, and before it is made.
 */
export function refuseApolloTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1'
}

/** Everything that can be set from outside. */
export interface Settings extends Omit<z.infer<typeof schema>, 'INTROSPECTION'> {
  readonly production: boolean
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean
  /** Where subgraphs run that are not in this process, by name in lower case; several addresses serve the same. */
  readonly subgraphUrls: ReadonlyMap<string, readonly [string, ...string[]]>
}

/** Reads the settings. @throws with every fault of every variable at once, one a line */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const faults: string[] = []
  const parsed = schema.safeParse(env)
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const subgraphUrls = new Map<string, readonly [string, ...string[]]>()
  for (const [name, value] of Object.entries(env)) {
    const [, subgraph] = subgraphUrl.exec(name) ?? []
    if (!subgraph || !value) continue
    const urls = httpUrls.safeParse(value)
    if (urls.success) subgraphUrls.set(subgraph.toLowerCase(), urls.data)
    else faults.push(`${name}: has to be an http(s) address, or several separated by commas`)
  }
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults)
  const { INTROSPECTION, ...settings } = parsed.data
  const production = settings.NODE_ENV === 'production'
  return {
    ...settings,
    production,
    introspection: INTROSPECTION ? INTROSPECTION === 'true' : !production,
    subgraphUrls,
  }
}

/** Why a process can't start, in a sentence for the person who started it: that, and no stack, is what they get to see. */
export class StartError extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.name = 'StartError'
  }
}

export class SettingsError extends StartError {
  constructor(faults: readonly string[]) {
    super(
      `the environment has ${faults.length === 1 ? 'a fault' : 'faults'}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
    this.name = 'SettingsError'
  }
}
