import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openBrowser, skipBrowser } from './testkit/browser.ts'
import { startStack } from './testkit/stack.ts'

describe('the pages of a running app', { skip: skipBrowser() }, () => {
  test('/ leads to the playground, which runs a query of its examples, without the internet', async () => {
    await using stack = await startStack()
    await using browser = await openBrowser()
    const { page, foreign, faults } = await browser.openPage(stack.url)
    await page.goto(`${stack.url}/`)
    await page.waitForSelector('.graphiql-query-editor .view-lines')
    await page.locator('.graphiql-tab:nth-of-type(3) .graphiql-tab-button').click()
    await page.waitForFunction('document.querySelector(".graphiql-query-editor").textContent.includes("Feed")')
    await page.locator('.graphiql-execute-button').click()
    await page.waitForFunction('document.querySelector(".result-window")?.textContent.includes("hasNextPage")')
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
})
