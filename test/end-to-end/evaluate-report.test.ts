import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'
import { thinModelFile } from '../thin-model.ts'
import { type CocoFile, writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-evaluate-report-'))
const run = (line: string) => commandIn(folder, line.split(' '))
const text = (file: string) => readFileSync(path.join(folder, file), 'utf8')
const cases = (page: string) => page.match(/<figure class="case/g) ?? []
const pictures = (page: string) => page.match(/<image href="data:image\/jpeg;base64,/g) ?? []

let coco: CocoFile

beforeAll(async () => {
  writeFileSync(path.join(folder, 'thin.safetensors'), thinModelFile())
  coco = await writeSyntheticImages(path.join(folder, 'images'), 4, 5)
  writeFileSync(path.join(folder, 'val.json'), JSON.stringify(coco))
  // The truth moved by two pixels; the first object is not found, the second only nearly.
  const results = coco.annotations.slice(1).map(({ bbox, image_id, category_id }, i) => {
    const [x, y, w, h] = bbox as number[]
    const left = x + (i === 0 ? 9 : 2)
    const ring = [left, y, left + w, y, left + w, y + h, left, y + h]
    return { image_id, category_id, score: 0.9 - 0.05 * i, segmentation: [ring] }
  })
  writeFileSync(path.join(folder, 'results.json'), JSON.stringify(results))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('evaluate --report', { timeout: 300_000 }, () => {
  it('draws the worst cases of results on the images', async () => {
    const line = 'evaluate --results results.json --annotations val.json --images images --report a.html'
    const { status, stdout, stderr } = await run(line)
    expect([status, stderr]).toEqual([0, 'The report is a.html\n'])
    expect(stdout).toMatch(/^segm +AP 0\.\d{3} /)
    const page = text('a.html')
    expect(page).toContain('<h1>Evaluation of results.json</h1>')
    expect(page).toContain(`<dt>Objects</dt><dd>${coco.annotations.length}</dd>`)
    expect(page).toContain('image-0.png')
    expect(page).toContain('<strong>missed</strong>')
    expect(cases(page).length).toBeGreaterThan(1)
    expect(pictures(page)).toHaveLength(cases(page).length)
  })

  it('says where pictures are missing, and draws without them', async () => {
    await run('evaluate --results results.json --annotations val.json --report b.html')
    expect(text('b.html')).toContain('There are no pictures: give the folder of the images with --images.')
    expect(pictures(text('b.html'))).toEqual([])

    await writeSyntheticImages(path.join(folder, 'partial'), 4, 5)
    rmSync(path.join(folder, 'partial', 'image-0.png'))
    const line = 'evaluate --results results.json --annotations val.json --images partial --report c.html'
    const { status, stderr } = await run(line)
    expect(status).toBe(0)
    const missing = path.join('partial', 'image-0.png')
    expect(stderr).toContain(`without a picture in the report: ${missing}: cannot read`)
    expect(text('c.html')).toContain('One image could not be read')
    expect(pictures(text('c.html'))).toHaveLength(cases(text('c.html')).length - 1)
  })

  it('tells of a model', async () => {
    const line = 'evaluate --model thin.safetensors --annotations val.json --images images'
    const { status, stdout } = await run(`${line} --json --report d.html`)
    expect(status).toBe(0)
    expect(Object.keys(JSON.parse(stdout))).toEqual(['bbox', 'segm'])
    const page = text('d.html')
    expect(page).toContain('<h1>Evaluation of thin.safetensors</h1>')
    expect(page).toMatch(/<th scope="row">bbox<\/th>[\s\S]*<th scope="row">segm<\/th>/)
    expect(page).toContain('figures are of masks')
  })

  it('finds out that there is no place for it before anything else', async () => {
    const { status, stdout, stderr } = await run(
      'evaluate --results lost.json --annotations lost.json --report none/a.html',
    )
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toBe('maskwright: none/a.html: cannot write the file: the folder none does not exist\n')
    expect(existsSync(path.join(folder, 'none'))).toBe(false)
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('evaluate, beyond the twelve figures', { timeout: 300_000 }, () => {
  it('adds what is asked for under new keys', async () => {
    const plain = await run('evaluate --results results.json --annotations val.json --json')
    const { stdout } = await run(
      'evaluate --results results.json --annotations val.json --json --per-class --max-detections 300',
    )
    const { overall, categories, ...figures } = JSON.parse(stdout).segm
    expect(figures).toEqual(JSON.parse(plain.stdout).segm)
    expect(overall).toEqual({
      maxDetections: 300,
      // No image has more than a hundred.
      ...{ AP: figures.AP, AP50: figures.AP50, AP75: figures.AP75, AR: figures.AR100 },
      ...{ APs: figures.APs, APm: figures.APm, APl: figures.APl },
    })
    expect(categories.map(({ name }: { name: string }) => name)).toEqual(['leaf', 'stem'])
    const mean = (categories[0].AP + categories[1].AP) / 2
    expect(mean).toBeCloseTo(figures.AP, 12)
  })

  it('prints them for people', async () => {
    const { stdout } = await run(
      'evaluate --results results.json --annotations val.json --iou boundary --per-class',
    )
    expect(stdout).toMatch(/^boundary +AP .*\n {2}(leaf|stem) {2}AP .*\n {2}(leaf|stem) {2}AP .*\n$/)
  })
})
