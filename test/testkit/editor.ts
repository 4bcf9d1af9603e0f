import type { Page } from 'puppeteer-core'

const withControl = async (page: Page, key: 'a' | 'Enter') => {
  await page.keyboard.down('Control')
  await page.keyboard.press(key)
  await page.keyboard.up('Control')
}

/** Replaces what a Monaco editor holds. By a paste event: into typed text the editor puts closing brackets of its own. */
export const paste = async (page: Page, editor: string, text: string): Promise<void> => {
  await page.click(`${editor} .view-lines`)
  await withControl(page, 'a')
  await page.evaluate(`(() => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', ${JSON.stringify(text)})
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })()`)
}

/**
 * Pastes a document into GraphiQL's first editor. It is parsed some 100 ms later, in the step that also stores it;
 * until then GraphiQL would run it under the operation name of what was there before.
 */
export const pasteOperation = async (page: Page, editor: string, text: string): Promise<void> => {
  await paste(page, editor, text)
  await page.waitForFunction(`localStorage.getItem('graphiql:query') === ${JSON.stringify(text)}`, { timeout: 15_000 })
}

/** Runs what GraphiQL's first editor holds, by its shortcut. */
export const runOperation = async (page: Page, editor: string): Promise<void> => {
  await page.click(`${editor} .view-lines`)
  await withControl(page, 'Enter')
}

/** Resolves when an element that matches the selector holds the text; a Monaco editor draws spaces as no-break ones. */
export const shows = async (page: Page, selector: string, text: string): Promise<void> => {
  const found = `[...document.querySelectorAll(${JSON.stringify(selector)})].some((element) =>
    element.textContent.replaceAll('\u00a0', ' ').includes(${JSON.stringify(text)}))`
  try {
    await page.waitForFunction(found, { timeout: 15_000 })
  } catch (cause) {
    const shown = await page.$$eval(selector, (elements) => elements.map((element) => element.textContent))
    throw new Error(`${selector} never showed ${text}, but ${JSON.stringify(shown)}`, { cause })
  }
}
