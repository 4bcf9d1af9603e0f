import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { openBrowser, skipBrowser, type TestBrowser, type WatchedPage } from '../test/testkit/browser.ts'
import { paste, pasteOperation, runOperation, shows } from '../test/testkit/editor.ts'
import { startGreetingGraph } from '../test/testkit/greeting-graph.ts'

const web = fileURLToPath(new URL('../web/playground', import.meta.url))
const dist = join(web, 'dist')
const skip = skipBrowser()

const OPERATION = '.graphiql-query-editor'
const HEADERS = '.graphiql-editor-tool .graphiql-editor:not(.hidden)'
const RESPONSE = '.result-window'

/** Milliseconds of the newest file; 0 for a folder that is not there. */
const changedAt = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const files = names.filter((name) => folder === dist || !name.startsWith('dist'))
  return Math.max(0, ...(await Promise.all(files.map(async (name) => (await stat(join(folder, name))).mtimeMs))))
}

let browser: TestBrowser

before(async () => {
  if (skip) return
  if ((await changedAt(dist)) < (await changedAt(web))) await build({ root: web, logLevel: 'error' })
  browser = await openBrowser()
})
after(async () => {
  await browser?.[Symbol.asyncDispose]()
})

const open = async (graph: { origin: string }): Promise<WatchedPage> => {
  const watched = await browser.openPage(graph.origin)
  await watched.page.setViewport({ width: 1280, height: 800 })
  await watched.page.goto(`${graph.origin}/playground/`)
  await watched.page.waitForSelector(`${OPERATION} .view-lines`)
  return watched
}

const isQuietAndOffline = ({ foreign, faults }: WatchedPage) =>
  assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })

test('a newcomer finds the starter tabs and the descriptions of the schema', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  assert.equal(await page.title(), 'simple-douyin playground')
  const tabs = await page.$$eval('.graphiql-tab-button', (buttons) => buttons.map((button) => button.textContent))
  assert.deepEqual(tabs, ['Register', 'Viewer', 'Feed', 'Like', 'Send', 'Inbox', 'Notifications', 'Video'])
  await shows(page, OPERATION, 'Run this: the red button, or Ctrl-Enter')

  await page.click('[aria-label="Show Documentation Explorer"]')
  await shows(page, '.graphiql-doc-explorer', 'A graph that greets.')
  await page.click('.graphiql-doc-explorer-type-name')
  await shows(page, '.graphiql-doc-explorer', 'Greets whoever asks')
  isQuietAndOffline(watched)
})

test('a token pasted once goes with queries and subscriptions of every tab, also after a reload', {
  skip,
}, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  await pasteOperation(page, OPERATION, 'query Hello { greeting }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"greeting": "hello stranger"')
  await paste(page, HEADERS, '{ "authorization": "Bearer first-token" }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"greeting": "hello Bearer first-token"')
  await shows(page, '.graphiql-footer', '-token')

  await page.click('[aria-label="New tab"]')
  await pasteOperation(page, OPERATION, 'subscription { count }')
  await runOperation(page, OPERATION)
  await graph.countOn()
  await shows(page, RESPONSE, '"count": 1')
  assert.deepEqual(graph.authorizations, [undefined, 'Bearer first-token', 'Bearer first-token'])

  await page.waitForFunction(`localStorage.getItem('graphiql:tabState')?.includes('{ count }')`)
  await page.reload()
  await shows(page, OPERATION, '{ count }')
  await pasteOperation(page, OPERATION, '{ greeting }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"greeting": "hello Bearer first-token"')

  await page.click('.sign-in button')
  await shows(page, '.graphiql-footer', 'requests are anonymous')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"greeting": "hello stranger"')
  isQuietAndOffline(watched)
})

test('who signs in is signed in: the token of the answer is kept', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  await pasteOperation(page, OPERATION, 'mutation { me: enter(name: "ann") { token } }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"token": "token-of-ann"')
  await shows(page, '.graphiql-footer', 'of-ann')
  await pasteOperation(page, OPERATION, '{ greeting }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, '"greeting": "hello Bearer token-of-ann"')
  isQuietAndOffline(watched)
})

test('the events of a subscription are shown as they arrive, until it is stopped', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  await pasteOperation(page, OPERATION, 'subscription Forever { count }')
  await runOperation(page, OPERATION)
  for (const n of [1, 2, 3]) {
    await graph.countOn()
    await shows(page, RESPONSE, `"count": ${n}`)
  }
  await page.click('.graphiql-execute-button')
  await graph.stopped
  isQuietAndOffline(watched)
})

test('operations that were run are listed in the history', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  await pasteOperation(page, OPERATION, 'query Remembered { greeting }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, 'hello stranger')
  await page.click('[aria-label="Show History"]')
  await shows(page, '.graphiql-history', 'Remembered')
  isQuietAndOffline(watched)
})

test('the page follows the system from dark to light, its editors included', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched
  for (const [scheme, theme] of [
    ['dark', 'vs-dark'],
    ['light', 'vs'],
  ] as const) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.waitForSelector(`${OPERATION} .monaco-editor.${theme}`)
  }
  isQuietAndOffline(watched)
})
