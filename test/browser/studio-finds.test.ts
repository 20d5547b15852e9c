import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { unzipSync } from 'fflate'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { decodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { command } from '../in-process.ts'
import { thinModelFile } from '../thin-model.ts'
import { chromiumPath, hasChromium } from './chromium.ts'
import { type DrawnStudio, openDrawnStudio } from './drawn-studio.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height] = [120, 90]
const FILES = ['a.png', 'b.png', 'c.png', 'd.png']

/** One sitting at one folder: each test goes on where the one before left it. */
describe.skipIf(!hasChromium)(`what a model finds on all photos, in Chromium${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-finds-'))
  let test: DrawnStudio

  beforeAll(async () => {
    const model = join(folder, 'thin.safetensors')
    writeFileSync(model, thinModelFile())
    const photos = FILES.map((name, i) => {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * (7 + i)) % 251)
      return { name, width, height, data }
    })
    test = await openDrawnStudio(photos, { model })
  })
  afterAll(async () => {
    await test?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => expect(test.errors.splice(0)).toEqual([]))

  const section = () => test.page.getByRole('region', { name: 'Objects on all photos' })
  const download = async (kind: string): Promise<Uint8Array<ArrayBuffer>> => {
    const saving = test.page.waitForEvent('download')
    await section().getByRole('button', { name: kind, exact: true }).click()
    return Uint8Array.from(readFileSync(await (await saving).path()))
  }
  const rows = (csv: string) =>
    csv
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','))

  it('goes on after a photo that fails, says which, and looks at it again when asked', async () => {
    const path = join(test.photos, 'c.png')
    const bytes = readFileSync(path)
    writeFileSync(path, 'nothing')
    await test.button('Find on all 4 photos').click()
    await test.page.getByText('1 photo could not be looked at').click()
    await section()
      .getByRole('button', { name: /^c\.png: .*not an image/ })
      .waitFor()
    expect(test.errors.splice(0)).toEqual([expect.stringMatching(/400/)])
    writeFileSync(path, bytes)
    await test.button('Find on the other photo').click()
    await test.button('All photos were looked at').waitFor()
    expect(await section().locator('.failed').count()).toBe(0)
  })

  it('measures what predict measures, and saves it for all photos', async () => {
    await section().getByLabel('Least score, on all').fill('0.05')
    await section().getByLabel('Size of a pixel').fill('0.5um')
    const out = join(folder, 'predicted')
    const flags = ['--model', join(folder, 'thin.safetensors'), '--score', '0.05', '--threads', '1']
    const { code } = await command(
      ...['predict', test.photos, ...flags, '--measure', '--pixel-size', '0.5um', '--out', out],
    )
    expect(code).toBe(0)
    // What the command says of intensities, where a path is and who said the size differ.
    const known = ([file, ...cells]: string[], head: readonly string[]) =>
      [file.split('/').at(-1), ...cells].map((cell, i) =>
        ['mean', 'min', 'max', 'sd', 'pixel_size_from'].includes(head[i]) ? '' : cell,
      )
    const [head, ...predicted] = rows(readFileSync(join(out, 'measurements.csv'), 'utf8'))
    const [ownHead, ...own] = rows(new TextDecoder().decode(await download('Table of all')))
    expect(ownHead).toEqual(head)
    expect(own.length).toBeGreaterThan(FILES.length)
    expect(own.map((row) => known(row, head))).toEqual(predicted.map((row) => known(row, head)))

    const areaAt = head.indexOf('area')
    const countOf = (file: string) => own.filter(([name]) => name === file).length
    const { images, annotations } = parseCoco(
      JSON.parse(new TextDecoder().decode(await download('COCO of all'))),
      'coco',
    )
    expect(images.map(({ fileName, id }) => [fileName, annotations.get(id)?.length ?? 0])).toEqual(
      FILES.map((file) => [file, countOf(file)]),
    )
    const listed = section().locator('.rows button')
    const area = own.reduce((sum, row) => sum + Number(row[areaAt]), 0)
    await section()
      .getByText(`On 4 photos: ${own.length} found, ${(area / 4).toFixed(0)} µm² together`)
      .waitFor()
    expect(await listed.locator('.count').allTextContents()).toEqual(
      FILES.map((file) => expect.stringMatching(new RegExp(`^${countOf(file)} · `))),
    )
    const archive = unzipSync(await download('Label maps (.zip)'))
    expect(Object.keys(archive)).toEqual(FILES.map((file) => file.replace('.png', '-labels.png')))
    const map = decodeLabelPng(archive['b-labels.png'], 'map')
    expect([map.width, map.height]).toEqual([width, height])
    const labels = new Set(Array.from(map.data).filter((label) => label > 0))
    expect([labels.size > 0, Math.max(...labels) <= countOf('b.png')]).toEqual([true, true])
    expect(Object.keys(unzipSync(await download('Pictures (.zip)')))).toEqual(
      FILES.map((file) => file.replace('.png', '-overlay.png')),
    )
  })

  it('leads to each photo, where what was found are proposals', async () => {
    const { page } = test
    const before = await section()
      .getByText(/^On 4 photos/)
      .textContent()
    await section()
      .getByRole('button', { name: /^d\.png/ })
      .click()
    await page.locator('.board[data-shown="4"]').waitFor()
    const accept = test.button(/^Accept all/)
    const count = Number(/\d+/.exec((await accept.textContent()) ?? '')?.[0])
    await accept.click()
    await test.saved()
    expect(test.stored().annotations.length).toBe(count)
    // What was accepted still counts as found.
    expect(
      await section()
        .getByText(/^On 4 photos/)
        .textContent(),
    ).toBe(before)
    await page.keyboard.press('Control+z')
    await test.saved()
  })

  it('can be given up, and keeps what was found', async () => {
    const { page } = test
    await test.open()
    await page.route('**/api/images/3/find', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await route.continue().catch(() => {})
    })
    await test.button('Find on all 4 photos').click()
    await section().getByText('2 of 4 photos').waitFor()
    await section().getByRole('button', { name: 'Cancel' }).click()
    await test.button('Find on the other 2 photos').waitFor()
    expect(await section().locator('.rows .name').allTextContents()).toEqual(['a.png', 'b.png'])
    await page.unroute('**/api/images/3/find')
  })

  it('puts photos in the order that suggest names them in, away from those that are checked', async () => {
    const { page, photos } = test
    await page.locator('nav .rows button').filter({ hasText: 'a.png' }).click()
    await page.locator('.board[data-shown="1"]').waitFor()
    await page.keyboard.press('k')
    await test.saved()
    await test.button('Let the model look at all').click()
    await test.button('Let the model look at all').waitFor()
    await page.getByRole('combobox', { name: 'Order' }).selectOption('most worth labelling first')
    const labels = join(photos, 'annotations.json')
    const flags = [
      '--model',
      join(folder, 'thin.safetensors'),
      '--labels',
      labels,
      '--threads',
      '1',
      '--json',
    ]
    const { code, stdout } = await command('data', 'suggest', photos, ...flags)
    expect(code).toBe(0)
    const { images } = JSON.parse(stdout) as { images: { file: string }[] }
    const suggested = images.map(({ file }) => file.split('/').at(-1))
    expect(suggested).not.toEqual(FILES.slice(1))
    const listed = () => page.locator('nav .rows .name').allTextContents()
    await expect.poll(listed).toEqual([...suggested, 'a.png'])
    await page.getByRole('combobox', { name: 'Order' }).selectOption('files')
    expect(await listed()).toEqual(FILES)
  })

  it('checks the photos on the machine, and says what is the matter with them', async () => {
    const { page, photos } = test
    writeFileSync(join(photos, 'b.png'), readFileSync(join(photos, 'a.png')))
    writeFileSync(join(photos, 'd.png'), readFileSync(join(photos, 'd.png')).subarray(0, 300))
    rmSync(join(photos, 'c.png'))
    await test.button('Check all labels').click()
    await page.getByText('37 of 48 checks were made').waitFor()
    const check = (title: string) => page.locator('details.found').filter({ hasText: title })
    expect(await check('Images that').count()).toBe(0)
    await test.button('Check the photos too').click()
    await page.getByText('All 48 checks were made.').waitFor()
    const found = (title: string) => check(title).locator('.findings li').allTextContents()
    expect(await found('Images that are not there')).toEqual(['c.png: no such file'])
    expect(await found('Images that cannot be decoded')).toEqual([
      expect.stringMatching(/^d\.png: .*cut short/),
    ])
    expect(await found('Equal images within a split')).toEqual([expect.stringMatching(/^b\.png: .*a\.png/)])
    await check('Images that cannot be decoded').locator('summary').click()
    await check('Images that cannot be decoded').getByRole('button').click()
    await page.locator('.rows button[aria-current]').filter({ hasText: 'd.png' }).first().waitFor()
    expect(test.errors.splice(0).every((error) => /400/.test(error))).toBe(true)
  })

  it('can be used by everyone, also on a phone', async () => {
    const { page } = test
    await page.evaluate(axe.source)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
    }
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})
