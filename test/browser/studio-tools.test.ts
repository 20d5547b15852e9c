import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decodeRle, decompressRle } from '../../src/geometry/rle.ts'
import { chromiumPath, hasChromium } from './chromium.ts'
import { type DrawnStudio, openDrawnStudio } from './drawn-studio.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height] = [120, 90]

interface Stored {
  readonly id: number
  readonly image_id: number
  readonly bbox: number[]
  readonly area: number
  readonly segmentation: number[][] & { size: [number, number]; counts: string }
}

/** Rectangles of whole pixels, x, y, width, height. */
const LABELS = {
  images: ['a.png', 'b.png', 'c.png'].map((file_name, i) => ({ ...{ id: i + 1, file_name, width, height } })),
  categories: [
    { id: 1, name: 'leaf' },
    { id: 2, name: 'stem' },
  ],
  annotations: [
    [10, 10, 40, 30],
    [50, 10, 30, 30],
  ].map(([x, y, w, h], i) => ({
    ...{ id: i + 1, image_id: 1, category_id: 1, iscrowd: 0, bbox: [x, y, w, h], area: w * h },
    segmentation: [[x, y, x + w, y, x + w, y + h, x, y + h]],
  })),
}

/** One sitting at one folder: each test goes on with the labels that the one before left. */
describe.skipIf(!hasChromium)(`tools of the studio, in Chromium${reason}`, () => {
  let test: DrawnStudio

  beforeAll(async () => {
    // A disc of radius 20 in the middle.
    const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)]
      const isDisc = Math.hypot(x + 0.5 - 60, y + 0.5 - 45) <= 20
      return (isDisc ? 90 : 200) + ((at * 7) % 11)
    })
    const photos = LABELS.images.map(({ file_name: name }) => ({ name, width, height, data }))
    test = await openDrawnStudio(photos, { labels: LABELS })
  })
  afterAll(() => test?.close())
  afterEach(() => expect(test.errors.splice(0)).toEqual([]))

  const key = (name: string) => test.page.keyboard.press(name)
  const click = async (x: number, y: number, shift = false) => {
    if (shift) await test.page.keyboard.down('Shift')
    await test.page.mouse.click(...(await test.place(x, y)))
    if (shift) await test.page.keyboard.up('Shift')
  }
  const on = (image: number): Stored[] =>
    test.stored().annotations.filter((one: Stored) => one.image_id === image)
  const areas = (image = 1) => on(image).map(({ area }) => area)
  const hasPixel = ({ segmentation }: Stored, x: number, y: number) =>
    decodeRle(decompressRle(segmentation))[y * width + x] === 1

  it('makes one object of several, to the pixel, and undoes it', async () => {
    await key('v')
    await click(20, 20)
    await click(60, 20, true)
    await key('m')
    // 40 x 30 and 30 x 30 side by side.
    await expect.poll(() => areas()).toEqual([2100])
    expect(on(1)[0]).toMatchObject({ id: 1, bbox: [10, 10, 70, 30] })
    await key('Control+z')
    await expect.poll(() => areas()).toEqual([1200, 900])
    await key('Control+Shift+z')
    await expect.poll(() => areas()).toEqual([2100])
  })

  it('splits an object along a line, and says where a line does not go through', async () => {
    await click(20, 20)
    await key('s')
    await test.drag([30, 2], [30, 20])
    await test.page.getByText(/^Not split/).waitFor()
    expect(areas()).toEqual([2100])
    await test.drag([30, 2], [30, 50])
    await expect.poll(() => areas().length).toBe(2)
    const [larger, smaller] = on(1)
    expect(larger.area + smaller.area).toBe(2100)
    expect(Math.abs(smaller.area - 20 * 30)).toBeLessThanOrEqual(60)
    expect([hasPixel(larger, 40, 20), hasPixel(smaller, 20, 20), hasPixel(larger, 20, 20)]).toEqual([
      true,
      true,
      false,
    ])
    await key('v')
  })

  it('cuts a hole, which is no part of the object any more', async () => {
    await click(60, 20)
    const before = on(1)[0].area
    await test.outline(
      [
        [55, 15],
        [65, 15],
        [65, 25],
        [55, 25],
      ],
      'h',
    )
    await expect.poll(() => Math.abs(before - areas()[0] - 100)).toBeLessThanOrEqual(12)
    expect([hasPixel(on(1)[0], 60, 20), hasPixel(on(1)[0], 52, 20)]).toEqual([false, true])
    await test.outline(
      [
        [100, 70],
        [110, 70],
        [110, 80],
      ],
      'h',
    )
    await test.page.getByText(/^No hole/).waitFor()
  })

  it('draws boxes, which have no mask, drags their corners, and makes outlines of them', async () => {
    await key('Escape')
    await key('r')
    await test.drag([20, 50], [60, 80])
    await expect.poll(() => areas().length).toBe(3)
    const box = () => on(1)[2]
    expect(box().segmentation).toEqual([])
    for (const [i, value] of [20, 50, 40, 30].entries()) expect(box().bbox[i]).toBeCloseTo(value, 0)
    await test.page.getByText(/^1 with a box alone/).waitFor()
    await key('v')
    await test.drag([60, 80], [70, 85])
    await expect.poll(() => box().bbox.map(Math.round)).toEqual([20, 50, 50, 35])
    await test.button('Edit its outline').click()
    await expect.poll(() => box().segmentation.length).toBe(1)
    expect(Math.abs(box().area - 50 * 35)).toBeLessThan(60)
    await key('r')
    await click(100, 80)
    await key('v')
    await test.saved()
    expect(on(1).length).toBe(3)
  })

  it('copies objects to the next photo, with ids of their own', async () => {
    await key('Escape')
    await key('c')
    await test.page.locator('.board[data-shown="2"]').waitFor()
    await expect.poll(() => areas(2)).toEqual(areas(1))
    const ids = [...on(1), ...on(2)].map(({ id }) => id)
    expect(new Set(ids).size).toBe(6)
    await key('Control+z')
    await expect.poll(() => areas(2)).toEqual([])
    await key('Control+Shift+z')
    await expect.poll(() => areas(2).length).toBe(3)
  })

  it('gives several objects a category, and removes them, by keys and by the list', async () => {
    await key('Control+a')
    await test.page.getByText('3 are chosen').waitFor()
    await key('2')
    await expect
      .poll(() => test.stored().annotations.map((one: { category_id: number }) => one.category_id))
      .toEqual([1, 1, 1, 2, 2, 2])
    await key('Escape')
    await test.button('Several').click()
    const rows = test.page.locator('.objects button[aria-pressed]')
    await rows.nth(0).click()
    await rows.nth(2).click()
    await test.button('Remove them').click()
    await expect.poll(() => areas(2).length).toBe(1)
    await key('Escape')
    await key('Control+a')
    await key('Delete')
    await expect.poll(() => areas(2)).toEqual([])
  })

  it('zooms with two fingers and draws with one', async () => {
    const { page } = test
    await key('ArrowRight')
    await page.locator('.board[data-shown="3"]').waitFor()
    const touch = await page.context().newCDPSession(page)
    const at = async (...points: readonly (readonly [number, number])[]) =>
      Promise.all(
        points.map(async ([x, y], id) => ({
          x: (await test.place(x, y))[0],
          y: (await test.place(x, y))[1],
          id,
        })),
      )
    const send = async (type: string, points: readonly (readonly [number, number])[]) =>
      touch.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: await at(...points) })
    await key('b')
    await send('touchStart', [[30, 45]])
    await send('touchStart', [
      [30, 45],
      [60, 45],
    ])
    for (const apart of [40, 50, 60])
      await send('touchMove', [
        [45 - apart / 2, 45],
        [45 + apart / 2, 45],
      ])
    await send('touchEnd', [])
    await test.saved()
    expect(areas(3)).toEqual([])
    // Twice as near about 45, 45: what is drawn at 60, 45 of the screen lies at 52.5, 45.
    await send('touchStart', [[60, 45]])
    await send('touchMove', [[64, 45]])
    await send('touchEnd', [])
    await expect.poll(() => areas(3).length).toBe(1)
    const [{ bbox }] = on(3)
    expect(bbox[0] + bbox[2] / 2).toBeCloseTo(53.5, -1)
    expect(Math.abs(bbox[0] + bbox[2] / 2 - 53.5)).toBeLessThan(2)
    await key('v')
  })

  it('corrects an object by clicks, shows it before it is taken, and finds the outline of a box', async () => {
    const { page } = test
    await key('Escape')
    await key('ArrowLeft')
    await page.locator('.board[data-shown="2"]').waitFor()
    // A disc of radius 20 at 60, 45 is drawn on the photo; of it the left half is labelled.
    await test.outline([
      [40, 25],
      [60, 25],
      [60, 65],
      [40, 65],
    ])
    await expect.poll(() => areas(2).length).toBe(1)
    const [drawn] = areas(2)
    await key('g')
    await click(70, 45)
    await test.button('Take it').waitFor()
    await test.saved()
    expect(areas(2)).toEqual([drawn])
    await key('Escape')
    expect(await test.button('Take it').count()).toBe(0)
    await click(50, 45)
    await click(70, 45)
    await test.button('Take it').waitFor()
    await key('Enter')
    await expect.poll(() => hasPixel(on(2)[0], 75, 45)).toBe(true)
    expect(hasPixel(on(2)[0], 85, 45)).toBe(false)
    await key('Escape')
    await key('Control+a')
    await key('Delete')
    await key('r')
    await test.drag([36, 21], [84, 69])
    await key('g')
    await test.button('Take it').click()
    await expect.poll(() => on(2)[0].segmentation.counts?.length ?? 0).toBeGreaterThan(0)
    expect(Math.abs(on(2)[0].area - 1257)).toBeLessThan(40)
    await key('v')
    await key('ArrowRight')
    await page.locator('.board[data-shown="3"]').waitFor()
  })

  it('saves labels in another format, says what is lost before, and takes them in again', async () => {
    const { page } = test
    await key('f')
    await key('r')
    await test.drag([10, 60], [30, 80])
    await key('v')
    await test.saved()
    const before = test.stored().annotations.length
    await page.getByText('Save labels elsewhere').click()
    await page.getByRole('combobox', { name: 'Save as' }).selectOption('labelme')
    await page.getByText('All labels come along.').waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('link', { name: /^Save .*labelme\.zip$/ }).click()
    const archive = await (await saving).path()
    await page.getByRole('combobox', { name: 'Save as' }).selectOption('mask-folder')
    await page.getByText(/^Lost:/).waitFor()
    await page.getByLabel('Labels from files or a .zip').setInputFiles({
      name: 'labels.zip',
      mimeType: 'application/zip',
      buffer: readFileSync(archive),
    })
    await page.getByText(/^labelme: \d+ objects of/).waitFor()
    await test.button('Add them').click()
    await expect.poll(() => test.stored().annotations.length).toBe(2 * before)
    const byPhoto = [1, 2, 3].flatMap((photo) => {
      const own = on(photo)
      return own.slice(0, own.length / 2).map(({ area }, i) => area - own[own.length / 2 + i].area)
    })
    // Outlines have the area of their ring until they are counted in pixels.
    for (const difference of byPhoto) expect(Math.abs(difference)).toBeLessThan(60)
    await page.getByLabel('Labels from files or a .zip').setInputFiles({
      name: 'x.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('no labels'),
    })
    await page.getByText(/cannot tell the format/).waitFor()
  })

  it('lists what the doctor finds, goes there, and mends what follows by itself', async () => {
    const { page } = test
    const ownCount = on(2).length
    for (let round = 0; round < 2; round++) {
      await page.locator('.rows button').first().click()
      await page.locator('.board[data-shown="1"]').waitFor()
      await key('Escape')
      await key('c')
      await page.locator('.board[data-shown="2"]').waitFor()
    }
    const copies = on(1).length
    await expect.poll(() => on(2).length).toBe(ownCount + 2 * copies)
    await page.locator('.rows button').last().click()
    await page.locator('.board[data-shown="3"]').waitFor()
    await test.button('Check all labels').click()
    const twice = page.locator('details.found.error').filter({ hasText: 'Annotations that are there twice' })
    await twice.locator('summary').click()
    await twice.locator('.findings button:first-child').filter({ hasText: 'b.png' }).first().click()
    await page.locator('.board[data-shown="2"]').waitFor()
    expect(await page.locator('.objects .chosen').count()).toBe(1)
    const found = await twice.locator('.findings li').count()
    expect(found).toBeGreaterThanOrEqual(copies)
    const all = test.stored().annotations.length
    await twice.getByRole('button', { name: /^Mend all/ }).click()
    await expect.poll(() => test.stored().annotations.length).toBe(all - found)
    await expect.poll(() => twice.count()).toBe(0)
    await key('Control+z')
    await expect.poll(() => on(2).length).toBe(ownCount + 2 * copies)
    await key('Control+Shift+z')
  })

  it('keeps which photos were checked, and goes through those that were not', async () => {
    const { page } = test
    const shown = page.getByRole('combobox', { name: 'Show' })
    const rows = () => page.locator('.rows .name').allTextContents()
    await page.locator('.rows button').first().click()
    await key('k')
    await page.locator('.board[data-shown="2"]').waitFor()
    await test.saved()
    expect(test.stored().images.map(({ checked }: { checked?: boolean }) => checked ?? false)).toEqual([
      true,
      false,
      false,
    ])
    await shown.selectOption('not checked')
    expect(await rows()).toEqual(['b.png', 'c.png'])
    await key('k')
    await page.locator('.board[data-shown="3"]').waitFor()
    expect(await rows()).toEqual(['c.png'])
    await key('ArrowLeft')
    await page.locator('.board[data-shown="3"]').waitFor()
    await test.saved()
    await test.open()
    await page.getByText('2 checked').waitFor()
    await test.button('Checked').click()
    await test.saved()
    await expect.poll(() => test.stored().images[0].checked).toBe(false)
    await shown.selectOption('without labels')
    expect(await rows()).toEqual([])
    await page.getByText('None is left.').waitFor()
    await shown.selectOption('all')
  })

  it('puts nothing back that a browser had left before something newer was stored', async () => {
    const { page } = test
    const all = test.stored().annotations.length
    const name = `unsaved ${join(test.photos, 'annotations.json')}`
    const older = JSON.stringify([[1, [], ['of a state that is long gone']]])
    await page.evaluate(([key, value]) => localStorage.setItem(key, value), [name, older])
    await test.open()
    await test.saved()
    expect(test.stored().annotations.length).toBe(all)
    expect(await page.locator('.rows .count').first().textContent()).toBe(`${on(1).length}`)
  })

  it('lists 50,000 photos with a few rows', async () => {
    const { page } = test
    const answer = await (await fetch(`${test.studio.url}/api/project`)).json()
    const many = Array.from({ length: 50_000 }, (_, i) => ({
      id: i + 1,
      file_name: `${i + 1}.png`,
      width,
      height,
    }))
    await page.route('**/api/project', (route) => route.fulfill({ json: { ...answer, images: many } }))
    await test.open()
    const rows = page.locator('.rows button')
    expect(await rows.count()).toBeLessThan(60)
    await page.locator('.rows').evaluate((list) => list.scrollTo(0, list.scrollHeight))
    await page.getByRole('button', { name: '50000.png' }).click()
    await page.locator('.board-frame > .wrong').waitFor()
    expect(await rows.count()).toBeLessThan(60)
    await page.getByText('of 50000 with labels').waitFor()
    await page.unroute('**/api/project')
    test.errors.length = 0
    await test.open()
  })

  it('can be used by everyone', async () => {
    await test.page.evaluate(axe.source)
    const { violations } = (await test.page.evaluate('axe.run()')) as axe.AxeResults
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
  })
})
