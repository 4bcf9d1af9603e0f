import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { parseSync } from 'oxc-parser'
import { parse, parseAllDocuments } from 'yaml'
import { checkRequirements } from '../../composition/requirements.ts'
import { allRoles, rolesOf } from '../../composition/roles.ts'
import { readSettings } from '../../kit/env.ts'
import { temporaryFolder } from '../testkit/server-process.ts'

type Tree = Readonly<Record<string, unknown>>
type Environment = Readonly<Record<string, string>>

/** What the files leave to be filled in. */
const secrets = {
  SUBGRAPH_SECRET: 's'.repeat(40),
  TOKEN_KEYS: `a:${'k'.repeat(40)}`,
  MYSQL_PASSWORD: 'p',
  DATABASE_URL: 'mysql://douyin:password@mysql:3306/douyin',
  STORAGE_URL: 'https://key:secret@s3.eu-west-1.amazonaws.com/bucket?region=eu-west-1',
}

/** @throws when the roles could not start with this environment */
const assertStarts = (roles: readonly string[], environment: Environment) =>
  checkRequirements(readSettings({ ...environment, NODE_ENV: 'production' }), rolesOf(roles))

describe('the image', () => {
  const text = readFileSync('deploy/Dockerfile', 'utf8')
  const copied = [...text.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' ').map((path) => path.replace('/app/', '')),
  )

  test('its Dockerfile has no fault that a linter knows', () => {
    assert.deepEqual(
      validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
      [],
    )
  })

  test('it starts as `npm start` does', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Environment }
    const [, words = ''] = /^ENTRYPOINT (.*)$/m.exec(text) ?? []
    assert.equal((JSON.parse(words) as string[]).join(' '), scripts['start'])
  })

  test('the step that fills its compile cache ends by itself, and leaves nothing else', async () => {
    const words = /^RUN (\[.*--warm.*)$/m.exec(text)?.[1] ?? '[]'
    const folder = await temporaryFolder('warm')
    const temporary = join(folder, 'tmp')
    const compiled = join(folder, 'compiled')
    await Promise.all([temporary, compiled].map((path) => mkdir(path)))
    const env = { NODE_COMPILE_CACHE: compiled, TMPDIR: temporary }
    await promisify(execFile)(process.execPath, (JSON.parse(words) as string[]).slice(1), { env, timeout: 120_000 })
    assert.ok(readdirSync(compiled, { recursive: true }).length > 1_000)
    assert.deepEqual(readdirSync(temporary), [])
    await rm(folder, { recursive: true })
  })

  test('it has every file that the app imports, and no package that is for development only', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Environment }
    const seen = new Set<string>()
    const visit = (file: string) => {
      if (seen.has(file)) return
      seen.add(file)
      assert.ok(
        copied.some((path) => file === path || file.startsWith(`${path}/`)),
        `${file} is not copied`,
      )
      for (const name of importsOf(file)) {
        if (name.startsWith('.')) visit(join(dirname(file), name))
        else if (!name.startsWith('node:') && !builtinModules.includes(name)) {
          const [scope = '', rest = ''] = name.split('/')
          const packageName = scope.startsWith('@') ? `${scope}/${rest}` : scope
          assert.ok(packageName in dependencies, `${file} imports ${packageName}`)
        }
      }
    }
    visit('start.ts')
    visit('doctor/main.ts')
    assert.ok(seen.size > 100, `${seen.size} files`)
    for (const path of copied) assert.ok(existsSync(path) || path.endsWith('/dist'), path)
  })
})

/** What a file imports when it runs: imports of types are gone by then. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module
  return [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.filter(({ isType }) => !isType).flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...dynamicImports
      .map(({ moduleRequest }) => text.slice(moduleRequest.start, moduleRequest.end))
      .filter((name) => /^['"]/.test(name))
      .map((name) => name.slice(1, -1)),
  ]
}

describe('compose.yaml', () => {
  interface Service {
    readonly command?: readonly string[]
    readonly environment?: Environment
  }
  const text = readFileSync('deploy/compose.yaml', 'utf8')
  const filled = text.replace(/\$\{(\w+)(?::[-?]([^}]*))?\}/g, (_, name: string, otherwise = '') =>
    name in secrets ? secrets[name as keyof typeof secrets] : otherwise,
  )
  const { services } = parse(filled, { merge: true }) as { services: Readonly<Record<string, Service>> }

  test('it has no fault that a linter knows, by the schema of Compose', async () => {
    const folder = await temporaryFolder('compose')
    const file = join(folder, 'compose.yaml')
    await writeFile(file, filled)
    const order = ['service-keys-order', 'services-alphabetical-order', 'top-level-properties-order']
    const rules = Object.fromEntries([...order, 'require-quotes-in-ports'].map((name) => [name, 0 as const]))
    const results = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles([file], false)
    await rm(folder, { recursive: true })
    const messages: readonly { line: number; message: string }[] = results.flatMap(
      (result: { messages: [] }) => result.messages,
    )
    assert.deepEqual(
      messages.map(({ line, message }) => `${line}: ${message}`),
      [],
    )
  })

  test('every role can start with what it is given', () => {
    for (const role of allRoles) {
      const { command, environment = {} } = services[role] ?? assert.fail(role)
      assertStarts(command ?? [], environment)
    }
    assert.deepEqual(Object.keys(services).sort(), [...allRoles, 'mysql', 'redis'].sort())
  })
})

describe('the Kubernetes manifests', async () => {
  interface Manifest extends Tree {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string }
  }
  const all = globSync('deploy/kubernetes/*.yaml').flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest),
  )
  const find = (kind: string, name: string) =>
    all.find((one) => one.kind === kind && one.metadata.name === name) ?? assert.fail(`no ${kind} ${name}`)
  // biome-ignore lint/suspicious/noExplicitAny: read only where the schema was checked
  const specOf = (kind: string, name: string) => find(kind, name)['spec'] as any

  test('each is valid by the schema of its kind', async () => {
    for (const manifest of all) {
      const { apiVersion, kind, metadata } = manifest
      const models = await import(`kubernetes-models/${apiVersion}`)
      assert.doesNotThrow(() => new models[kind](manifest).validate(), `${kind} ${metadata.name}`)
    }
  })

  for (const role of allRoles)
    test(`${role} can start with what it is given, and is found, scaled and kept available`, () => {
      const { template, selector } = specOf('Deployment', role)
      const [container] = template.spec.containers
      const given = container.envFrom.map((from: { configMapRef?: { name: string }; secretRef?: { name: string } }) => {
        if (from.configMapRef) return find('ConfigMap', from.configMapRef.name)['data']
        const wanted = find('Secret', from.secretRef?.name ?? '')['stringData'] as Environment
        return Object.fromEntries(Object.keys(wanted).map((name) => [name, secrets[name as keyof typeof secrets]]))
      })
      assertStarts(container.args, Object.assign({}, ...given))
      for (const [name, value] of Object.entries(selector.matchLabels)) {
        assert.equal(template.metadata.labels[name], value)
        assert.equal(specOf('Service', role).selector[name], value)
        assert.equal(specOf('PodDisruptionBudget', role).selector.matchLabels[name], value)
      }
      assert.equal(specOf('HorizontalPodAutoscaler', role).scaleTargetRef.name, role)
      const addresses = find('ConfigMap', 'settings')['data'] as Environment
      const drain = Number(addresses['DRAIN_MS']) / 1000
      assert.ok(template.spec.terminationGracePeriodSeconds > 2 * drain)
    })

  test('the ingress leads to the doors', () => {
    const [{ http }] = specOf('Ingress', 'doors').rules
    const backends = http.paths.map(({ path, backend }: { path: string; backend: { service: { name: string } } }) => [
      path,
      backend.service.name,
    ])
    assert.deepEqual(backends, [
      ['/douyin', 'rest-adapter'],
      ['/', 'gateway'],
    ])
  })
})
