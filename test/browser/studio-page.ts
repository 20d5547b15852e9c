/** The page of the studio in a browser, and what tests do on it. */
import { cpSync } from 'node:fs'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** The page of the studio in a folder, as `npm run build` makes it, or made it where `MASKWRIGHT_TESTED` says so. */
export async function builtStudioPage(outDir: string): Promise<void> {
  if (process.env.MASKWRIGHT_TESTED === 'build') {
    return cpSync(path.join(ROOT, 'dist/studio-page'), outDir, { recursive: true })
  }
  const { build } = await import('vite')
  const configFile = path.join(ROOT, 'apps/studio/vite.config.ts')
  await build({ configFile, build: { outDir }, logLevel: 'silent' })
}

/** A page that says yes to all that it is asked; what it throws or writes as an error comes into `errors`. */
export async function newStudioPage(browser: Browser, errors: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, hasTouch: true })
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('dialog', (dialog) => dialog.accept())
  return page
}

/** What is done on the page that shows a photo of that size. */
export function onStudioPage(opened: () => Page, { width, height }: { width: number; height: number }) {
  /** Where a pixel of the photo is on the screen, when all of the photo is seen. */
  const place = async (x: number, y: number): Promise<[number, number]> => {
    const box = (await opened().locator('.board').boundingBox())!
    const scale = Math.min(box.width / width, box.height / height)
    const left = box.x + (box.width - width * scale) / 2
    const top = box.y + (box.height - height * scale) / 2
    return [left + x * scale, top + y * scale]
  }
  return {
    place,
    saved: () => opened().getByText('All is saved').waitFor(),
    button: (name: string | RegExp) =>
      opened().getByRole('button', { name, exact: typeof name === 'string' }),
    /** With the tool of another key, an outline of something else. */
    outline: async (points: readonly (readonly [number, number])[], key = 'o') => {
      const { keyboard, mouse } = opened()
      await keyboard.press(key)
      for (const [x, y] of points) await mouse.click(...(await place(x, y)))
      await keyboard.press('Enter')
      await keyboard.press('v')
    },
  }
}
