import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LegacyClient } from './contract/legacy-client.ts'
import { openBrowser, skipBrowser } from './testkit/browser.ts'
import { paste, shows } from './testkit/editor.ts'
import { startStack } from './testkit/stack.ts'

const operation = '.graphiql-query-editor'
const result = '.result-window'
/** Of the two editors below the operation, the one that is shown. */
const tool = '.graphiql-editor-tool .graphiql-editor:not(.hidden)'

describe('the pages of a running app', { skip: skipBrowser() }, () => {
  test('/ leads to the playground, which runs a query of its examples, without the internet', async () => {
    await using stack = await startStack()
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.goto(`${stack.url}/`)
    await page.waitForSelector('.graphiql-query-editor .view-lines')
    await page.locator('.graphiql-tab:nth-of-type(3) .graphiql-tab-button').click()
    await page.waitForFunction('document.querySelector(".graphiql-query-editor").textContent.includes("Feed")')
    // Until the tab's document is parsed the button offers a menu of the operations of the one before.
    await page.locator('.graphiql-execute-button:not([aria-haspopup])').click()
    await page.waitForFunction('document.querySelector(".result-window")?.textContent.includes("hasNextPage")')
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })

  test('the subscriptions among its examples show what happens, live', async () => {
    await using stack = await startStack()
    const app = new LegacyClient(stack.url)
    const [anna, ben] = [await app.register('anna'), await app.register('ben')]
    const video = await app.video(anna, 'watched')
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.setViewport({ width: 1600, height: 900 })
    await page.goto(`${stack.url}/playground/`)
    await shows(page, operation, 'mutation Register')
    const show = async (name: string) => {
      for (const tab of await page.$$('.graphiql-tab-button'))
        if ((await tab.evaluate((button) => button.textContent)) === name) await tab.click()
      await shows(page, operation, `subscription ${name}`)
      // It is parsed some 100 ms later, in the step that also stores it; until then the tab before would be run.
      await page.waitForFunction(`localStorage.getItem('graphiql:query')?.includes('subscription ${name}')`)
    }
    const fill = async (editor: 'headers' | 'variables', value: Readonly<Record<string, string>>) => {
      await page.click(`button[data-name="${editor}"]`)
      await paste(page, tool, JSON.stringify(value))
      await shows(page, tool, Object.values(value)[0] ?? '')
      // As with the operation: what is executed is what was last stored.
      await page.waitForFunction(`localStorage.getItem('graphiql:${editor}')?.includes('${Object.values(value)[0]}')`)
    }
    const subscribe = async (name: string) => {
      await show(name)
      await page.click('.graphiql-execute-button')
    }
    await show('Inbox')
    await fill('headers', { authorization: `Bearer ${anna.token}` })
    await subscribe('Inbox')
    await shows(page, result, '"cursor"')
    await app.do('/douyin/message/action/', { to_user_id: anna.id, action_type: 1, content: 'hello' }, ben.token)
    await shows(page, result, '"content": "hello"')
    await subscribe('Notifications')
    await shows(page, result, '"cursor"')
    await app.do('/douyin/relation/action/', { to_user_id: anna.id, action_type: 1 }, ben.token)
    await shows(page, result, '"kind": "FOLLOWED"')
    await show('Video')
    await fill('variables', { videoId: String(video) })
    await subscribe('Video')
    await shows(page, result, '"favoriteCount": 0')
    await app.do('/douyin/favorite/action/', { video_id: video, action_type: 1 }, ben.token)
    await shows(page, result, '"favoriteCount": 1')
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })

  test('a newcomer registers by the menu of the red button, and is known in the next tab', async () => {
    await using stack = await startStack()
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.goto(`${stack.url}/playground/`)
    await page.locator('.graphiql-execute-button[aria-haspopup]').click()
    await page.locator('::-p-xpath(//*[@role="menuitem"][.="Register"])').click()
    await shows(page, result, '"token"')
    await page.locator('.graphiql-tab-button[title="Viewer"]').click()
    await page.locator('.graphiql-execute-button:not([aria-haspopup])').click()
    await shows(page, result, '"name": "guest"')
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })

  test('the 16 endpoints can be tried on their page, without the internet', async () => {
    await using stack = await startStack()
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.goto(`${stack.url}/douyin/docs/`)
    await page.waitForSelector('.opblock')
    assert.equal((await page.$$('.opblock')).length, 16)
    await page.click('#operations-feed-feed .opblock-summary')
    await page.waitForSelector('.execute')
    await page.click('.execute')
    await page.waitForFunction('document.querySelector(".live-responses-table")?.textContent.includes("video_list")')
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })

  test('on a phone the page of the endpoints is as wide as the screen, also with a form open', async () => {
    await using stack = await startStack()
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true })
    await page.goto(`${stack.url}/douyin/docs/`)
    await page.locator('#operations-publish-publish_action .opblock-summary').click()
    await page.waitForSelector('.try-out__btn.reset')
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })

  test('the page of the endpoints shows one document, its status codes, and forms that hold nothing yet', async () => {
    await using stack = await startStack()
    const anna = await new LegacyClient(stack.url).register('anna')
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.goto(`${stack.url}/douyin/docs/`)
    await page.waitForSelector('.opblock')
    assert.equal(await (await page.$('.download-url-wrapper'))?.isVisible(), false)
    await page.click('.info summary')
    await page.waitForSelector('.info table', { visible: true })
    await shows(page, '.info table', '10012')

    await page.click('#operations-publish-publish_action .opblock-summary')
    await page.waitForSelector('#operations-publish-publish_action input[type=text]')
    const filledIn = await page.$$eval('#operations-publish-publish_action input[type=text]', (inputs) =>
      inputs.map((input) => ('value' in input ? input.value : null)),
    )
    assert.deepEqual(filledIn, ['', ''])

    // Who is signed in for the whole page needs no token in the form, required or not.
    await page.click('.btn.authorize')
    await page.waitForSelector('.auth-container input')
    await page.type('.auth-container input', anna.token)
    await page.click('.auth-btn-wrapper .authorize')
    await page.click('.btn-done')
    await page.click('#operations-user-user .opblock-summary')
    await page.locator('#operations-user-user .execute').click()
    await shows(page, '#operations-user-user .live-responses-table', '"name": "anna"')
    assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] })
  })
})
