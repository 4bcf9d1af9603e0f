import { rm } from 'node:fs/promises'
import { launch, type Page } from 'puppeteer-core'
import { findProgram, skipWithout } from './program.ts'
import { temporaryFolder } from './server-process.ts'

export type WatchedPage = {
  page: Page
  /** Every address outside the page's own origin that was asked for, and refused; sockets included. */
  foreign: string[]
  /** Console errors (broken content policies and failed loads are among them) and uncaught exceptions. */
  faults: string[]
}

export type TestBrowser = AsyncDisposable & {
  /** A blank page that may speak to `origin` only, such as `http://127.0.0.1:4000`. */
  openPage(origin: string): Promise<WatchedPage>
}

const PROGRAM = 'chromium'

export const skipBrowser = () => skipWithout([PROGRAM])

const FLAGS = [
  '--no-sandbox', // containers seldom allow user namespaces, and only our own pages are opened
  '--disable-dev-shm-usage', // /dev/shm is 64 MB in a container; a page that outgrows it crashes
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
  // The page's own requests are watched below; this also stops workers and the browser itself.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

const isLocal = (origin: string, address: string): boolean => {
  const url = new URL(address)
  if (url.protocol === 'data:' || url.protocol === 'about:') return true
  if (url.protocol === 'blob:') return url.origin === origin
  return url.protocol === 'ws:' || url.protocol === 'wss:'
    ? url.host === new URL(origin).host
    : url.origin === new URL(origin).origin
}

const watch = async (page: Page, origin: string): Promise<WatchedPage> => {
  const foreign: string[] = []
  const faults: string[] = []
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const local = isLocal(origin, request.url())
    if (!local) foreign.push(request.url())
    // A page that is already gone cannot take the answer, and does not need it.
    void (local ? request.continue() : request.abort('blockedbyclient')).catch(() => undefined)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url ?? 'no address'})`)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  const devtools = await page.createCDPSession()
  await devtools.send('Network.enable')
  devtools.on('Network.webSocketCreated', ({ url }) => {
    if (!isLocal(origin, url)) foreign.push(url)
  })
  return { page, foreign, faults }
}

/**
 * Starts a headless Chromium with an empty profile; disposing it ends the process and removes the profile.
 * @throws Unavailable when Chromium is not installed
 */
export const openBrowser = async (): Promise<TestBrowser> => {
  const executablePath = findProgram(PROGRAM)
  const profile = await temporaryFolder('browser')
  const removeProfile = () => rm(profile, { recursive: true, force: true, maxRetries: 5 })
  try {
    const browser = await launch({ executablePath, userDataDir: profile, headless: true, args: FLAGS })
    return {
      openPage: async (origin) => watch(await browser.newPage(), origin),
      [Symbol.asyncDispose]: async () => {
        await browser.close()
        await removeProfile()
      },
    }
  } catch (error) {
    await removeProfile()
    throw error
  }
}
