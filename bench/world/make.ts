import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { hash } from '@node-rs/argon2'
import { startApp } from '../../composition/app.ts'
import { allRoles } from '../../composition/roles.ts'
import { readSettings } from '../../kit/env.ts'
import { createLog } from '../../kit/log.ts'
import { loadMysql } from './mysql-loader.ts'
import { type TableRows, tablesOf } from './rows.ts'
import { loadSqlite } from './sqlite-loader.ts'
import { type SizeName, sizes, World } from './world.ts'

/** Of every generated user. */
export const password = 'a password'

/** Signs the tokens of the load driver's users, and what processes send each other. */
export const secrets = {
  TOKEN_KEYS: `bench:${'a secret of the benchmark '.repeat(2).replaceAll(' ', '-')}`,
  SUBGRAPH_SECRET: 'another-secret-of-the-benchmark-that-is-long',
}

const folder = resolve(import.meta.dirname, '../../data/bench')

/** A data folder with a filled SQLite file in it, made once and kept. Copy it before writing into it. */
export async function sqliteWorld(size: SizeName): Promise<{ world: World; dataDir: string }> {
  const dataDir = join(folder, size)
  const about = join(dataDir, 'world.json')
  if (!existsSync(about)) {
    const temporary = `${dataDir}.new`
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true })
    const started = performance.now()
    const start = Date.now() - 86_400_000
    await makeTables({ DATA_DIR: temporary })
    const show = (table: string) => console.error(`  ${seconds(started)} ${size}: ${table}`)
    loadSqlite(join(temporary, 'douyin.db'), await contents(new World(sizes[size], start)), show)
    await writeFile(join(temporary, 'world.json'), JSON.stringify({ start }))
    await rename(temporary, dataDir)
    console.error(`generated ${size} videos in ${seconds(started)}`)
  }
  const { start } = JSON.parse(await readFile(about, 'utf8')) as { start: number } // written above
  return { world: new World(sizes[size], start), dataDir }
}

/** Fills an empty database of a MySQL server. @param url `mysql://…/name` */
export async function mysqlWorld(size: SizeName, url: string, dataDir: string): Promise<World> {
  const world = new World(sizes[size], Date.now() - 86_400_000)
  await makeTables({ DATA_DIR: dataDir, DATABASE_URL: url })
  await loadMysql(url, await contents(world))
  return world
}

const contents = async (world: World): Promise<Iterable<TableRows>> => tablesOf(world, await hash(password))

/** The app makes its own tables: it is started once and stopped. */
async function makeTables(env: Readonly<Record<string, string>>): Promise<void> {
  const settings = readSettings({ ...env, ...secrets, HOST: '127.0.0.1', PORT: '0' })
  const app = await startApp(settings, await createLog({ level: 'silent' }), new Set(allRoles))
  await app.stop()
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
