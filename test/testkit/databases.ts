import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { type MariaDb, skipMariaDb, startMariaDb } from './mariadb.ts'
import { givenDatabaseUrl } from './required.ts'
import { temporaryFolder } from './server-process.ts'

export interface TestDatabase extends AsyncDisposable {
  /** An empty database of one's own: `sqlite:/path` or `mysql://…/name`. Close its connections before disposing of it. */
  readonly url: string
}

export interface DatabaseKind {
  readonly name: 'sqlite' | 'mariadb'
  /** Give it to `test(name, { skip }, …)`. */
  readonly skip: string | false
  open(): Promise<TestDatabase>
}

/** The databases that every store has to work on, to loop tests over. One MariaDB serves all calls of a process. */
export const databases: readonly DatabaseKind[] = [
  { name: 'sqlite', skip: false, open: openSqlite },
  { name: 'mariadb', skip: givenDatabaseUrl ? false : skipMariaDb(), open: openMariaDb },
]

async function openSqlite(): Promise<TestDatabase> {
  const folder = await temporaryFolder('sqlite')
  return {
    url: `sqlite:${join(folder, 'test.db')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

let server: Promise<MariaDb> | undefined

/** Started at the first need; its watchdog ends it together with this process. */
async function serverUrl(): Promise<string> {
  if (givenDatabaseUrl) return givenDatabaseUrl
  server ??= startMariaDb()
  return (await server).url
}

async function openMariaDb(): Promise<TestDatabase> {
  const url = new URL(await serverUrl())
  const name = `test_${randomUUID().replaceAll('-', '')}`
  url.pathname = '/'
  const administer = async (statement: string) => {
    const connection = await createConnection(url.href)
    await connection.query(statement)
    await connection.end()
  }
  await administer(`create database ${name} character set utf8mb4 collate utf8mb4_bin`)
  url.pathname = `/${name}`
  const own = url.href
  url.pathname = '/'
  return { url: own, [Symbol.asyncDispose]: () => administer(`drop database if exists ${name}`) }
}
