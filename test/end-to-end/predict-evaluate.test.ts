import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandIn } from '../in-process.ts'
import { THIN_CATEGORIES, thinModelFile } from '../thin-model.ts'
import { runCommand } from './command-line.ts'
import { expectOverlay, predictionDocument } from './prediction-document.ts'
import { type CocoFile, writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-predict-'))
const run = (line: string) => commandIn(folder, line.split(' '))
const text = (file: string) => readFileSync(path.join(folder, file), 'utf8')
const STEMS = ['image-0', 'image-1', 'image-2']
const FIGURES = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl']

let coco: CocoFile

beforeAll(async () => {
  writeFileSync(path.join(folder, 'thin.safetensors'), thinModelFile())
  coco = await writeSyntheticImages(path.join(folder, 'images'), 3, 2)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The thin model finds as many as it can: that this is told is no part of these tests. */
const beside = (stderr: string) =>
  stderr.replaceAll(/^\S+: (the model's limit of|\d+ instances were found, and the best) .*\n/gm, '')

const predict = (flags: string) => run(`predict images --model thin.safetensors --score 0.05 --json ${flags}`)

describe('predict', { timeout: 300_000 }, () => {
  it('prints one document and writes an overlay of every image', async () => {
    const { status, stdout, stderr } = await predict('--out whole')
    expect([status, beside(stderr)]).toEqual([0, '3 overlays are in whole\n'])
    const { model, images } = predictionDocument(stdout, 0.05)
    expect(model).toBe('thin.safetensors')
    expect(images.map(({ file }) => file)).toEqual(STEMS.map((stem) => path.join('images', `${stem}.png`)))
    expect(images.map(({ width, height }) => ({ width, height }))).toEqual(
      coco.images.map(({ width, height }) => ({ width, height })),
    )
    expect(images.map(({ instances }) => instances.length)).toEqual([5, 5, 5])
    for (const [i, size] of coco.images.entries()) {
      await expectOverlay(path.join(folder, 'whole', `${STEMS[i]}.png`), size)
    }
  })

  it('keeps to --max and writes no overlay where there is to be none', async () => {
    const { stdout, stderr } = await predict('--max 2 --no-overlay --out nothing')
    expect(beside(stderr)).toBe('')
    expect(predictionDocument(stdout, 0.05).images.map(({ instances }) => instances.length)).toEqual([
      2, 2, 2,
    ])
    expect(readdirSync(folder)).not.toContain('nothing')
  })

  it('says what it found in a line for every image', async () => {
    const { stdout } = await run('predict images/image-1.png --model thin.safetensors --no-overlay')
    expect(stdout).toMatch(/^image-1\.png: \d+ (leaf|stem)(, \d+ (leaf|stem))?, mean area \d+ px, \d+ ms\n$/)
  })

  it('reads an image on standard input', async () => {
    const input = readFileSync(path.join(folder, 'images', 'image-1.png'))
    const line = 'predict - --model thin.safetensors --json --measure --out piped --format yolo-seg'
    const piped = await runCommand(line.split(' '), { cwd: folder, input })
    expect(piped.status).toBe(0)
    const { images } = JSON.parse(piped.stdout)
    expect(images).toMatchObject([{ file: '-', width: coco.images[1].width, height: coco.images[1].height }])
    expect(readdirSync(path.join(folder, 'piped')).sort()).toEqual([
      ...['classes.txt', 'measurements.csv', 'stdin.png', 'stdin.txt'],
    ])
    expect(beside(piped.stderr)).toBe('The overlay is in piped\n')
  })

  it('says so where nothing comes on standard input', async () => {
    const piped = await runCommand(['predict', '-', '--model', 'thin.safetensors'], { cwd: folder })
    expect(piped).toMatchObject({
      status: 1,
      stderr: 'maskwright: -: nothing came; expected an image\n',
    })
  })

  const files = (folders: string) => readdirSync(path.join(folder, folders)).sort()

  it('writes YOLO labels: fractions of the image, classes from 0', async () => {
    await predict('--format yolo-seg --no-overlay --out yolo')
    expect(files('yolo')).toEqual(['classes.txt', ...STEMS.map((stem) => `${stem}.txt`)])
    expect(text('yolo/classes.txt')).toBe('leaf\nstem\n')
    const [kind, ...corners] = text('yolo/image-0.txt').split('\n')[0].split(' ').map(Number)
    expect([0, 1]).toContain(kind)
    expect(corners.length % 2).toBe(0)
    expect(corners.filter((value) => !(value >= 0 && value <= 1))).toEqual([])
  })

  it('writes LabelMe, GeoJSON and CSV', async () => {
    await predict('--format labelme --no-overlay --out labelme')
    expect(files('labelme')).toEqual(STEMS.map((stem) => `${stem}.json`))
    const { imageHeight, imageWidth, shapes } = JSON.parse(text('labelme/image-2.json'))
    expect({ width: imageWidth, height: imageHeight }).toMatchObject(sizeOf(2))
    expect(shapes.map(({ label }: { label: string }) => label)).toContain('stem')

    await predict('--format geojson --no-overlay --out geojson')
    expect(files('geojson')).toEqual(STEMS.map((stem) => `${stem}.geojson`))
    const { type, features } = JSON.parse(text('geojson/image-0.geojson'))
    expect(type).toBe('FeatureCollection')
    expect(features).toHaveLength(5)

    await predict('--format csv --no-overlay --out csv')
    expect(files('csv')).toEqual(['predictions.csv'])
    const [header, ...rows] = text('csv/predictions.csv').trimEnd().split('\n')
    expect(header).toBe('file,index,category,score,x,y,width,height,area,centroid_x,centroid_y')
    expect(rows).toHaveLength(15)
  })
})

/** Images with one damaged among them. */
describe('predict of a folder', { timeout: 300_000 }, () => {
  const photos = path.join(folder, 'photos')
  const bytes = (file: string) => readFileSync(path.join(photos, file), 'base64')
  beforeAll(async () => {
    await writeSyntheticImages(photos, 3, 5)
    writeFileSync(
      path.join(photos, 'image-1.png'),
      readFileSync(path.join(photos, 'image-1.png')).subarray(0, 90),
    )
    writeFileSync(path.join(photos, 'image-0.json'), '{"made":"by hand"}')
  })

  it('segments what it can, writes it, and then tells of the image it cannot read', async () => {
    const line = 'predict photos --model thin.safetensors --score 0.05 --format coco --out some --json'
    const { status, stdout, stderr } = await run(line)
    expect(status).toBe(1)
    expect(beside(stderr)).toMatch(
      /^1 file passed over: 1 \.json\n2 overlays are in some\nmaskwright: 1 of 3 images could not be segmented: photos\/image-1\.png: image is damaged [^\n]+\n$/,
    )
    const { images, ...rest } = JSON.parse(stdout)
    expect(images.map(({ file }: { file: string }) => file)).toEqual(
      [0, 1, 2].map((i) => `photos/image-${i}.png`),
    )
    expect(images[1]).toEqual({
      file: 'photos/image-1.png',
      error: expect.stringMatching(/^photos\/image-1\.png: image is damaged/),
    })
    expect(rest.summary).toMatchObject([{ folder: 'photos', images: 2, failed: 1 }])
    expect(rest.passed_over).toEqual({ '.json': 1 })
    const files = ['photos/image-0.png', 'photos/image-2.png']
    expect(readdirSync(path.join(folder, 'some')).sort()).toEqual([
      'image-0.png',
      'image-2.png',
      'predictions-coco.json',
      'predictions.json',
    ])
    const results: { file_name: string }[] = JSON.parse(text('some/predictions.json'))
    expect(new Set(results.map(({ file_name }) => file_name))).toEqual(new Set(files))
  })

  it('replaces nothing among the images', async () => {
    const before = ['image-0.png', 'image-0.json'].map(bytes)
    const command = 'predict photos --model thin.safetensors --out'
    const passed = '1 file passed over: 1 .json\n'
    const overlay = await run(`${command} photos`)
    const hint = 'file would be replaced, and lies among the inputs. Choose another folder with --out\n'
    expect([overlay.status, overlay.stderr]).toEqual([1, `${passed}maskwright: photos/image-0.png: ${hint}`])
    const labels = await run(`${command} ./photos/../photos --no-overlay --format labelme`)
    expect([labels.status, labels.stderr]).toEqual([1, `${passed}maskwright: photos/image-0.json: ${hint}`])
    expect(['image-0.png', 'image-0.json'].map(bytes)).toEqual(before)
  })

  it('takes the ids of images from annotations, for results that can be compared with them', async () => {
    // As they are listed image-0 comes first; here it is the second.
    const images = [
      { id: 40, file_name: 'image-2.png', width: 56, height: 80 },
      { id: 41, file_name: 'photos/image-0.png', width: 64, height: 72 },
    ]
    const truth = { images, annotations: [], categories: THIN_CATEGORIES }
    writeFileSync(path.join(folder, 'other-ids.json'), JSON.stringify(truth))
    const line = 'predict photos --model thin.safetensors --score 0.05 --no-overlay'
    const { stderr } = await run(`${line} --format coco --out ids --annotations other-ids.json`)
    expect(beside(stderr)).toBe('2 files passed over: 1 .json, 1 not in other-ids.json\n')
    const results: { image_id: number; file_name: string }[] = JSON.parse(text('ids/predictions.json'))
    expect(new Set(results.map(({ image_id, file_name }) => `${image_id} ${file_name}`))).toEqual(
      new Set(['41 photos/image-0.png', '40 photos/image-2.png']),
    )
    const other = await run(
      'predict photos/image-1.png --model thin.safetensors --annotations other-ids.json',
    )
    expect([other.status, other.stderr]).toEqual([
      1,
      'maskwright: photos/image-1.png: none of the images is in the annotations; expected an entry in "images" of other-ids.json whose file_name is the path or the end of it\n',
    ])
  })
})

function sizeOf(index: number) {
  const { width, height } = coco.images[index]
  return { width, height }
}

/** What a model found, taken for the truth: measured against it the model is without fault. */
describe('evaluate', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    const { stdout } = await predict('--format coco --no-overlay --out coco')
    const found = predictionDocument(stdout, 0.05).images.flatMap(({ instances }, image) =>
      instances.map((instance) => ({ ...instance, image_id: image + 1, iscrowd: 0 })),
    )
    const annotations = found.map((annotation, i) => ({ ...annotation, id: i + 1 }))
    const truth = { images: coco.images, annotations, categories: THIN_CATEGORIES }
    writeFileSync(path.join(folder, 'truth.json'), JSON.stringify(truth))
  })

  it('measures a model on a folder of images', async () => {
    const { status, stdout } = await run(
      'evaluate --model thin.safetensors --images images --annotations truth.json --json',
    )
    expect(status).toBe(0)
    const figures = JSON.parse(stdout)
    expect(Object.keys(figures)).toEqual(['bbox', 'segm'])
    for (const kind of ['bbox', 'segm']) {
      expect(Object.keys(figures[kind])).toEqual(FIGURES)
      // One of five objects is found where one detection is allowed; no object is medium or large.
      expect(figures[kind]).toMatchObject({
        AP: 1,
        AP50: 1,
        AP75: 1,
        APs: expect.any(Number),
        AR1: 0.2,
        AR10: 1,
      })
    }
  })

  it('refuses annotations of other categories', async () => {
    const truth = JSON.parse(text('truth.json'))
    const others = { ...truth, annotations: [], categories: [{ id: 99, name: 'cow' }] }
    writeFileSync(path.join(folder, 'others.json'), JSON.stringify(others))
    const { status, stderr } = await run(
      'evaluate --model thin.safetensors --images images --annotations others.json',
    )
    expect([status, stderr]).toEqual([
      1,
      'maskwright: others.json: model and annotations have no category in common; expected one of "leaf", "stem", by name, got "cow". Where they mean the same, give it the name in the annotations that it has in the model\n',
    ])
  })

  it('knows categories by their names, whatever their ids', async () => {
    // The ids of leaf and stem change places; a third has the id that stem has in the model.
    const truth = JSON.parse(text('truth.json'))
    const idOf: Record<number, number> = { 4: 1, 9: 4 }
    const renumbered = {
      ...truth,
      annotations: truth.annotations.map((entry: { category_id: number }) => ({
        ...entry,
        category_id: idOf[entry.category_id],
      })),
      categories: [
        { id: 1, name: 'leaf' },
        { id: 4, name: 'stem' },
        { id: 9, name: 'root' },
      ],
    }
    writeFileSync(path.join(folder, 'renumbered.json'), JSON.stringify(renumbered))
    const { status, stdout, stderr } = await run(
      'evaluate --model thin.safetensors --images images --annotations renumbered.json --iou segm --json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(stdout).segm).toMatchObject({ AP: 1 })
    expect(stderr).toContain(
      'renumbered.json: the model does not know "root": such objects count as missed\n',
    )
  })

  it('measures the results that predict wrote', async () => {
    const { status, stdout } = await run(
      'evaluate --results coco/predictions.json --annotations truth.json --iou segm --json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ segm: { AP: 1, AR100: 1 } })
  })

  it('prints figures for people', async () => {
    const { stdout } = await run('evaluate --results coco/predictions.json --annotations truth.json')
    // Masks: the most that the results hold.
    expect(stdout).toMatch(/^segm +AP 1\.000 {2}AP50 1\.000 .* ARl (-|\d\.\d{3})\n$/)
  })
})
