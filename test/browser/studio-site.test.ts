import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path, { join } from 'node:path'
import axe from 'axe-core'
import { encode as encodePng16 } from 'fast-png'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { decodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { polygonsToRle } from '../../src/geometry/polygon.ts'
import { type CompressedRle, decodeRle, decompressRle } from '../../src/geometry/rle.ts'
import { rleIouMatrix } from '../../src/geometry/rle-iou.ts'
import { Detector } from '../../src/index.node.ts'
import { decodeImage, encodePng } from '../../src/node/decode-image.ts'
import { writeStudioSite } from '../../src/node/studio-pages.ts'
import { thinModelFile } from '../thin-model.ts'
import { chromiumPath, hasChromium, launch } from './chromium.ts'
import { askedStore } from './page-database.ts'
import { openStaticSite, type StaticSite } from './static-site.ts'
import { builtStudioPage, newStudioPage, onStudioPage } from './studio-page.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`
const [width, height] = [120, 90]
/** What a browser writes when a host has no studio. */
/** Models are opened slowly by machines that do much else. */
const PATIENCE = { timeout: 100_000 }
const NO_STUDIO = /404/
const MICROGRAPH = path.resolve(import.meta.dirname, '../../models/demo-images/fluorescence-small.png')

describe.skipIf(!hasChromium)(`the studio on a host of files, in Chromium${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-site-'))
  const photos = join(folder, 'photos')
  const errors: string[] = []
  let site: StaticSite
  let browser: Browser
  let page: Page
  const { saved, button, outline } = onStudioPage(() => page, { width, height })

  beforeAll(async () => {
    await builtStudioPage(join(folder, 'page'))
    await writeStudioSite(join(folder, 'site'), join(folder, 'page'))
    site = await openStaticSite(join(folder, 'site'), '/some/where/')
    const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 7) % 251)
    const png = await encodePng({ data, width, height })
    mkdirSync(join(photos, 'deeper'), { recursive: true })
    for (const name of ['b.png', 'deeper/a.png', '.hidden.png']) writeFileSync(join(photos, name), png)
    writeFileSync(join(photos, 'broken.png'), 'nothing')
    writeFileSync(join(photos, 'notes.txt'), 'nothing')
    browser = await launch()
    page = await newStudioPage(browser, errors)
    await page.goto(site.url)
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => expect(errors.splice(0).filter((error) => !NO_STUDIO.test(error))).toEqual([]))

  /** A file or a folder of this machine, as people do with the mouse. */
  const drop = async (path: string) => {
    const devtools = await page.context().newCDPSession(page)
    const data = { items: [], files: [path], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data })
    }
    await devtools.detach()
  }
  const shown = () => page.locator('.board[data-shown]').waitFor()
  const names = () => page.locator('nav .name').allTextContents()
  const download = async (kind: string): Promise<Uint8Array<ArrayBuffer>> => {
    const [file] = await Promise.all([page.waitForEvent('download'), button(kind).click()])
    return Uint8Array.from(readFileSync(await file.path()))
  }
  const keptObjects = async (imageId: number) =>
    (await askedStore(page, 'objects', 'get', imageId)) as { readonly segmentation: CompressedRle }[]
  const triangle: [number, number][] = [
    [20, 10],
    [60, 10],
    [40, 50],
  ]

  it('begins with a place to drop photos, and says what is none', async () => {
    await page.getByText('Drop photos or a folder here').waitFor()
    await drop(photos)
    await shown()
    expect(await names()).toEqual(['b.png', 'deeper/a.png'])
    await page.getByText(/broken\.png was passed over: .*not an image/).waitFor()
  })

  it('keeps photos and labels when it is reloaded, and when it is killed', async () => {
    await page.getByLabel('Add photos').setInputFiles(join(photos, 'b.png'))
    await expect.poll(names).toEqual(['b.png', 'deeper/a.png', 'b-2.png'])
    await outline(triangle)
    await saved()
    await page.reload()
    await shown()
    expect(await names()).toEqual(['b.png', 'deeper/a.png', 'b-2.png'])
    expect(await page.locator('nav .count').allTextContents()).toEqual(['0', '0', '1'])
  })

  it('finds with the bundled model what Node finds', async () => {
    const picture = await decodeImage(MICROGRAPH)
    const [left, top, side] = [90, 80, 112]
    const rows = Array.from({ length: side }, (_, y) => {
      const from = 3 * ((top + y) * picture.width + left)
      return [...picture.data.subarray(from, from + 3 * side)]
    })
    const part = { data: Uint8Array.from(rows.flat()), width: side, height: side }
    writeFileSync(join(folder, 'nuclei.png'), await encodePng(part))
    await page.getByLabel('Add photos').setInputFiles(join(folder, 'nuclei.png'))
    await page.locator('.board[data-shown="4"]').waitFor()
    await page.getByRole('combobox', { name: 'Model', exact: true }).selectOption('nuclei (in the page)')
    await button('Find objects').click()
    await button('Cancel').click()
    await page.getByText('Opening the model').waitFor({ state: 'detached' })
    await button('Find objects').click()
    await button(/^Accept all/).waitFor(PATIENCE)
    await page.getByLabel('Least score').fill('0.5')
    const count = Number(/\d+/.exec((await button(/^Accept all/).textContent()) ?? '')?.[0])
    await page.getByLabel('Size of a pixel').fill('0.5um')
    const files: Record<string, Uint8Array<ArrayBuffer>> = {}
    for (const kind of ['COCO', 'Label map', 'Picture', 'Table', 'SVG']) files[kind] = await download(kind)
    const { annotations } = parseCoco(JSON.parse(new TextDecoder().decode(files.COCO)), 'coco')
    const all = [...annotations.values()].flat()
    expect(all.length).toBe(count)
    // Pixels of any object, counted from the outlines of the COCO file.
    const rings = all.flatMap(({ segmentation }) => ('counts' in segmentation! ? [] : segmentation!))
    expect(rings.length).toBeGreaterThanOrEqual(count)
    const covered = decodeRle(polygonsToRle(rings, part)).reduce((sum, pixel) => sum + pixel, 0)
    const map = decodeLabelPng(files['Label map'], 'map')
    const labels = Array.from(map.data)
    expect([map.width, map.height, Math.max(...labels)]).toEqual([side, side, count])
    expect(labels.filter((label) => label > 0).length).toBe(covered)
    const table = new TextDecoder().decode(files.Table).trimEnd().split('\n')
    expect(table.length).toBe(count + 1)
    const [areaAt, microAt] = ['area', 'area_um2'].map((name) => table[0].split(',').indexOf(name))
    for (const row of table.slice(1)) {
      const cells = row.split(',')
      expect(Number(cells[microAt])).toBeCloseTo(Number(cells[areaAt]) / 4, 3)
    }
    expect(new TextDecoder().decode(files.SVG).match(/<path /g)?.length).toBe(count)
    const drawn = await decodeImage(files.Picture)
    expect([drawn.width, drawn.height]).toEqual([2 * side, 2 * side])
    await button(/^Accept all/).click()
    await saved()
    const inPage = await keptObjects(4)
    const detector = await Detector.load('nuclei', { threads: 1, device: 'cpu' })
    const { instances: inNode } = await detector.detect(part, { score: 0.5 })
    await detector.dispose()
    expect([inNode.length >= 5, inPage.length]).toEqual([true, inNode.length])
    const masks = [
      inPage.map(({ segmentation }) => decompressRle(segmentation)),
      inNode.map(({ mask }) => mask!.toRuns()),
    ]
    const overlaps = rleIouMatrix(
      masks[0],
      masks[1],
      inNode.map(() => false),
    )
    for (const i of inPage.keys()) expect(overlaps[i * inPage.length + i]).toBeGreaterThan(0.98)
  })

  it('keeps a model that it was given, and refuses what is none', async () => {
    writeFileSync(join(folder, 'thin.safetensors'), thinModelFile())
    writeFileSync(join(folder, 'none.onnx'), 'nothing')
    const choose = page.getByLabel('Choose a model file')
    await choose.setInputFiles(join(folder, 'none.onnx'))
    await page.getByText(/none\.onnx/).waitFor()
    await choose.setInputFiles(join(folder, 'thin.safetensors'))
    const chosen = () =>
      page.getByRole('combobox', { name: 'Model', exact: true }).locator('option:checked').textContent()
    await expect.poll(chosen).toBe('thin.safetensors (in the page)')
    await page.reload()
    await shown()
    await expect.poll(chosen).toBe('thin.safetensors (in the page)')
    await button('Find objects').click()
    await page.getByLabel('Least score').fill('0.05')
    await button(/^Accept all/).waitFor(PATIENCE)
    // All others look the same: after the first of either kind comes one of the other.
    await button('Let the model look at all').click()
    await page.getByText('Let the model look at all').waitFor(PATIENCE)
    await page.getByRole('combobox', { name: 'Order' }).selectOption('most worth labelling first')
    await expect.poll(async () => (await names()).slice(0, 2)).toContain('nuclei.png')
    await page.getByRole('combobox', { name: 'Order' }).selectOption('files')
    expect((await names()).at(-1)).toBe('nuclei.png')
    await button('Forget it').click()
    await expect.poll(chosen).toBe('None')
  })

  it('opens without a network, with all that was kept, and finds objects', async () => {
    await page.context().setOffline(true)
    await page.reload()
    await shown()
    expect(await names()).toContain('nuclei.png')
    expect(await page.evaluate('crossOriginIsolated')).toBe(true)
    await page.getByLabel('Choose a model file').setInputFiles(join(folder, 'thin.safetensors'))
    await button('Find objects').click()
    await page.getByLabel('Least score').fill('0.05', PATIENCE)
    await button(/^Accept all/).waitFor(PATIENCE)
    await page.context().setOffline(false)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })

  it('checks the photos themselves, as they lie in their files', async () => {
    const flat = { create: { width: 80, height: 60, channels: 3, background: '#a50' } } as const
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const turned = sharp(flat).withMetadata({ orientation: 6 })
      await turned.toFormat(format).toFile(join(folder, `turned-${format}.${format}`))
    }
    const data = Uint16Array.from({ length: 80 * 60 }, (_, i) => 300 + 7 * i)
    writeFileSync(
      join(folder, 'deep.png'),
      encodePng16({ width: 80, height: 60, data, channels: 1, depth: 16 }),
    )
    const added = ['turned-jpeg.jpeg', 'turned-png.png', 'turned-webp.webp', 'deep.png']
    await page.getByLabel('Add photos').setInputFiles(added.map((name) => join(folder, name)))
    await expect.poll(async () => (await names()).length).toBe(8)
    await button('Check the photos too').click()
    await page.getByText('All 48 checks were made.').waitFor()
    const found = async (title: string) => {
      const check = page.locator('details.found').filter({ hasText: title })
      return (await check.locator('.findings li').allTextContents()).sort()
    }
    expect(await found('Images that EXIF turns')).toEqual(
      added.slice(0, 3).map((name) => `${name}: orientation 6`),
    )
    // The fifth smallest and largest of blocks of 2 x 2 lie further in than the first and the last value.
    expect(await found('Images of more than 8 bits')).toEqual([
      expect.stringMatching(/^deep\.png: 16 bit, shown from \d+ to \d+$/),
    ])
    expect(await found('Equal images within a split')).toEqual([
      expect.stringMatching(/^b-2\.png/),
      expect.stringMatching(/^deeper\/a\.png/),
    ])
  })

  it('writes labels into a folder that it is let into, and keeps those that were there', async () => {
    const other = await newStudioPage(browser, errors)
    // The private folder of a site stands for one of the machine: they differ in who may open them alone.
    await other.addInitScript(() => {
      const showDirectoryPicker = async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('leaves', { create: true })
      Object.assign(window, { showDirectoryPicker })
    })
    await other.goto(site.url)
    const labels = {
      images: [{ id: 7, file_name: 'a.png', width, height }],
      categories: [{ id: 3, name: 'leaf' }],
      annotations: [{ id: 4, image_id: 7, category_id: 3, bbox: [1, 2, 5, 6], iscrowd: 0, segmentation: [] }],
    }
    await other.evaluate(
      async ([png, text]) => {
        const root = await navigator.storage.getDirectory()
        const leaves = await root.getDirectoryHandle('leaves', { create: true })
        const write = async (name: string, content: BlobPart) => {
          const file = await (await leaves.getFileHandle(name, { create: true })).createWritable()
          await file.write(new Blob([content]))
          await file.close()
        }
        for (const name of ['a.png', 'b.png']) await write(name, Uint8Array.from(png as number[]))
        await write('annotations.json', text as string)
      },
      [[...readFileSync(join(photos, 'b.png'))], JSON.stringify(labels)] as const,
    )
    const read = (name: string) =>
      other.evaluate(async (file) => {
        const leaves = await (await navigator.storage.getDirectory()).getDirectoryHandle('leaves')
        return (await (await leaves.getFileHandle(file)).getFile()).text()
      }, name)
    const there = onStudioPage(() => other, { width, height })
    await there.button('Open a folder').click()
    await other.locator('.board[data-shown="7"]').waitFor()
    expect(await other.locator('nav .count').allTextContents()).toEqual(['1', '0'])
    await there.outline(triangle)
    await there.saved()
    const { annotations, images, unlabelled } = JSON.parse(await read('annotations.json'))
    const names = (list: { file_name: string }[]) => list.map(({ file_name }) => file_name)
    expect([names(images), names(unlabelled)]).toEqual([['a.png'], ['b.png']])
    expect(annotations.map((one: { id: number; area: number }) => [one.id, one.area > 700])).toEqual([
      [4, false],
      [5, true],
    ])
    expect(await read('annotations.before-studio.json')).toBe(JSON.stringify(labels))
    await other.reload()
    await other.locator('.board[data-shown="7"]').waitFor()
    expect(await other.locator('nav .count').allTextContents()).toEqual(['2', '0'])
    await there.button('Close the folder').click()
    await other.getByText('Drop photos or a folder here').waitFor()
    await other.close()
  })

  it('is the newer page once no page of the older one is open', async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    const [html, worker] = ['index.html', 'service-worker.js'].map((name) => join(folder, 'site', name))
    const newer = (text: string) => text.replace('<html', '<html data-build="newer"')
    writeFileSync(html, newer(readFileSync(html, 'utf8')))
    writeFileSync(worker, readFileSync(worker, 'utf8').replace(/^const VERSION = "/, '$&newer'))
    await page.reload()
    await shown()
    const build = () => page.locator('html').getAttribute('data-build')
    expect(await build()).toBe(null)
    await page.waitForFunction(
      'navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting !== null)',
    )
    const { length } = await names()
    const context = page.context()
    // The older worker may still serve what is opened right after its last page.
    const opened = async () => {
      await page.close()
      await new Promise((resolve) => setTimeout(resolve, 500))
      page = await context.newPage()
      page.on('dialog', (dialog) => dialog.accept())
      await page.goto(site.url)
      await shown()
      return build()
    }
    await expect.poll(opened, { timeout: 30_000 }).toBe('newer')
    expect((await names()).length).toBe(length)
  })

  it('removes all that it keeps of photos and labels', async () => {
    await button('Clear all …').click()
    await page.getByText('Drop photos or a folder here').waitFor()
    const stores = ['photos', 'objects', 'facts', 'runs']
    const left = await Promise.all(stores.map((store) => askedStore(page, store, 'count')))
    expect(left).toEqual([0, 0, 0, 0])
  })
})
