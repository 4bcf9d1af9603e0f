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
/** Of the two editors below the operation, the one that is shown. */
const TOOL = '.graphiql-editor-tool .graphiql-editor:not(.hidden)'
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

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844, isMobile: true, hasTouch: true }

const open = async (graph: { origin: string }, viewport = desktop): Promise<WatchedPage> => {
  const watched = await browser.openPage(graph.origin)
  await watched.page.setViewport(viewport)
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
  await shows(page, OPERATION, 'Press the red button and choose Register')

  await page.click('[aria-label="Show Documentation Explorer"]')
  await shows(page, '.graphiql-doc-explorer', 'A graph that greets.')
  await page.click('.graphiql-doc-explorer-type-name')
  await shows(page, '.graphiql-doc-explorer', 'Greets whoever asks')
  isQuietAndOffline(watched)
})

test('what an example needs is in sight: its variables, and the operations that the red button runs', {
  skip,
}, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched
  await page.click('.graphiql-execute-button[aria-haspopup]')
  await shows(page, '[role=menuitem]', 'Register')
  await page.keyboard.press('Escape')

  for (const [name, variable] of [
    ['Like', 'videoId'],
    ['Send', 'userId'],
    ['Video', 'videoId'],
  ]) {
    await page.locator(`.graphiql-tab-button[title="${name}"]`).click()
    await shows(page, TOOL, `"${variable}": ""`)
  }
  await page.click('button[data-name="headers"]')
  // A `Bearer ` without its token would contradict the footer: it sends the last one, as no header does.
  assert.equal(await page.$eval(`${TOOL} .view-lines`, (lines) => lines.textContent), '')
  isQuietAndOffline(watched)
})

test('on a phone the answer stands below the operation, each as wide as the screen, and the sidebar can be tapped', {
  skip,
}, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph, phone)
  const { page } = watched
  const boxOf = async (selector: string) => {
    const box = await (await page.$(selector))?.boundingBox()
    assert.ok(box, selector)
    return box
  }
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), phone.width)
  await page.waitForSelector(`${OPERATION} .monaco-editor`)
  const [editors, response, footer] = [
    await boxOf('.graphiql-editors'),
    await boxOf(RESPONSE),
    await boxOf('.graphiql-footer'),
  ]
  assert.ok(editors.width > 340 && response.width > 320 && footer.width > 320, JSON.stringify([editors, response]))
  assert.ok(response.y >= editors.y + editors.height && response.height > 200, JSON.stringify([editors, response]))
  assert.equal(await page.$(`${OPERATION} .line-numbers`), null)

  await page.tap('[aria-label="Show Documentation Explorer"]')
  await shows(page, '.graphiql-doc-explorer', 'A graph that greets.')
  const explorer = await boxOf('.graphiql-plugin')
  assert.ok(explorer.width > 380 && explorer.height > 700, JSON.stringify(explorer))
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
  await page.click('button[data-name="headers"]')
  await paste(page, TOOL, '{ "authorization": "Bearer first-token" }')
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

test('why a subscription is refused is its answer', { skip }, async () => {
  await using graph = await startGreetingGraph(dist)
  const watched = await open(graph)
  const { page } = watched

  await pasteOperation(page, OPERATION, 'subscription { nothing }')
  await runOperation(page, OPERATION)
  await shows(page, RESPONSE, 'Cannot query field')
  await page.waitForSelector('.graphiql-execute-button[aria-label^="Execute"]')
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
