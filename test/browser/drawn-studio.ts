/** A studio of drawn photos and a page that shows it, for the tests of one file to share. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openPhotoStudio, type PhotoStudio } from '../../src/cli/studio/photo-studio.ts'
import { encodePng } from '../../src/node/decode-image.ts'
import { launch } from './chromium.ts'
import { builtStudioPage, newStudioPage, onStudioPage } from './studio-page.ts'

export interface DrawnPhoto {
  readonly name: string
  readonly width: number
  readonly height: number
  /** Red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array<ArrayBuffer>
}

export interface DrawnStudio extends ReturnType<typeof onStudioPage> {
  readonly page: Page
  readonly browser: Browser
  readonly studio: PhotoStudio
  readonly photos: string
  /** What the page threw or wrote to its console. */
  readonly errors: string[]
  open(this: void): Promise<void>
  /** The labels as they are on disk. */
  // biome-ignore lint/suspicious/noExplicitAny: the file says what it is
  stored(this: void): any
  drag(this: void, ...points: readonly (readonly [number, number])[]): Promise<void>
  close(this: void): Promise<void>
}

/** Photos of one size. `labels` is what `annotations.json` begins with. */
export async function openDrawnStudio(
  drawn: readonly DrawnPhoto[],
  { labels, model }: { labels?: unknown; model?: string } = {},
): Promise<DrawnStudio> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-studio-'))
  const [photos, pageFolder] = ['photos', 'page'].map((name) => join(folder, name))
  await builtStudioPage(pageFolder)
  mkdirSync(photos)
  for (const { name, ...photo } of drawn) writeFileSync(join(photos, name), await encodePng(photo))
  if (labels) writeFileSync(join(photos, 'annotations.json'), JSON.stringify(labels))
  const { signal } = new AbortController()
  const studio = await openPhotoStudio(photos, { model, pageFolder, port: 0, signal, threads: 1 })
  const browser = await launch()
  const errors: string[] = []
  const page = await newStudioPage(browser, errors)
  const open = async () => {
    await page.goto(studio.url)
    await page.locator('.board[data-shown]').waitFor()
  }
  await open()
  const onPage = onStudioPage(() => page, drawn[0])
  return {
    ...onPage,
    ...{ page, browser, studio, photos, errors, open },
    stored: () => JSON.parse(readFileSync(join(photos, 'annotations.json'), 'utf8')),
    drag: async ([x, y], ...rest) => {
      await page.mouse.move(...(await onPage.place(x, y)))
      await page.mouse.down()
      for (const [toX, toY] of rest) await page.mouse.move(...(await onPage.place(toX, toY)), { steps: 6 })
      await page.mouse.up()
    },
    close: async () => {
      await browser.close()
      await studio.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
