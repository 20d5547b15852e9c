/** What people bring: folders of photos with labels of all kinds, and what is chosen for them or said. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { loadData } from '../../src/cli/train-data.ts'
import { loadConfig } from '../../src/cli/train-run.ts'
import { encodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { random } from '../../src/tensor/random.ts'
import { command } from '../in-process.ts'

const root = mkdtempSync(path.join(tmpdir(), 'maskwright-train-photos-'))
const at = (...parts: string[]) => path.join(root, ...parts)
afterAll(() => rmSync(root, { recursive: true, force: true }))

type Rect = readonly [x: number, y: number, width: number, height: number]
interface Photo {
  readonly width: number
  readonly height: number
  readonly rects: readonly Rect[]
}

/** Objects of a size on a wider plane, places by chance. */
function photoOf(seed: number, { width = 320, height = 240, side = 60, count = 2 } = {}): Photo {
  const chance = random(seed)
  const rects = Array.from({ length: count }, (): Rect => {
    return [chance.integer(width - side), chance.integer(height - side), side, side]
  })
  return { width, height, rects }
}

/** Bright rectangles on noise; with an EXIF orientation the pixels are stored turned, and viewers turn them back. */
async function writePhoto(
  file: string,
  { width, height, rects }: Photo,
  orientation?: number,
): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true })
  const chance = random(width, height, ...rects.flat())
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => chance.integer(60))
  for (const [x0, y0, w, h] of rects) {
    for (let y = y0; y < y0 + h; y++) pixels.fill(230, (y * width + x0) * 3, (y * width + x0 + w) * 3)
  }
  const image = sharp(pixels, { raw: { width, height, channels: 3 } })
  // Orientation 6 is shown after a quarter turn clockwise, so it is stored after one the other way.
  const stored = orientation === 6 ? image.rotate(270).withMetadata({ orientation }) : image
  await stored.jpeg().toFile(file)
}

const labelme = (file: string, { width, height, rects }: Photo, label = 'cup') =>
  JSON.stringify({
    version: '5.4.1',
    flags: {},
    shapes: rects.map(([x, y, w, h]) => ({
      ...{ label, shape_type: 'polygon', group_id: null, flags: {} },
      points: [
        [x, y],
        [x + w, y],
        [x + w, y + h],
        [x, y + h],
      ],
    })),
    imagePath: file,
    imageData: null,
    imageHeight: height,
    imageWidth: width,
  })

interface FolderLook {
  readonly label?: (i: number) => string
  readonly orientation?: number
  readonly size?: Parameters<typeof photoOf>[1]
}

/** A folder of photos, each with its Labelme file beside it. */
async function labelmeFolder(
  name: string,
  photos: number,
  { label = () => 'cup', orientation, size }: FolderLook = {},
): Promise<string> {
  for (let i = 0; i < photos; i++) {
    const photo = photoOf(i, size)
    await writePhoto(at(name, `IMG_${i}.jpg`), photo, orientation)
    writeFileSync(at(name, `IMG_${i}.json`), labelme(`IMG_${i}.jpg`, photo, label(i)))
  }
  return at(name)
}

/** What would be trained, without measuring: the steps are given. */
async function chosenFor(photos: string, ...flags: string[]) {
  const argv = [
    'train',
    photos,
    '--dry-run',
    '--json',
    '--set',
    'steps=50',
    '--out',
    at('runs', 'none'),
    ...flags,
  ]
  const { code, stdout, stderr } = await command(...argv)
  return { code, stderr, ...(code === 0 && JSON.parse(stdout)) }
}

describe('what is chosen for', { timeout: 120_000 }, () => {
  it('photos of a phone, which EXIF turns, with files of Labelme', async () => {
    const photos = await labelmeFolder('phone', 10, { orientation: 6, size: { width: 240, height: 320 } })
    const { code, stderr, facts, config } = await chosenFor(photos)
    expect(code, stderr).toBe(0)
    // As they are shown, upright; a fifth is kept apart.
    expect(facts).toMatchObject({ images: 8, shorterSide: 240, objects: { count: 16, median: 60 } })
    expect(stderr).toContain(`labels: ${photos} (labelme)\n8 images to learn from, 2 kept apart`)
    expect(config).toMatchObject({ model: { name: 'mask-rcnn' }, steps: 50, pretrained: 'imagenet' })
    // 60 pixels are seen at 70 on a shorter side of 280, up to the 320 it takes at least.
    expect(config.model.transform.resize).toMatchObject({ minSize: 320 })
  })

  it.each([
    ['yolo', 'val', (kind: string, split: string) => [kind, split]],
    ['roboflow', 'valid', (kind: string, split: string) => [split, kind]],
  ])('an export of %s, whose labels are partly boxes alone', async (name, val, places) => {
    mkdirSync(at(name))
    const folderOf = (split: string) => places('images', split).join('/')
    writeFileSync(
      at(name, 'data.yaml'),
      `names: [cup, plate]\ntrain: ${folderOf('train')}\nval: ${folderOf(val)}\n`,
    )
    for (const [split, count] of [
      ['train', 6],
      [val, 2],
    ] as const) {
      for (let i = 0; i < count; i++) {
        const photo = photoOf(i + (split === val ? 50 : 0))
        await writePhoto(at(name, ...places('images', split), `${i}.jpg`), photo)
        mkdirSync(at(name, ...places('labels', split)), { recursive: true })
        const lines = photo.rects.map(([x, y, w, h], k) => {
          const [left, top, wide, high] = [x / 320, y / 240, w / 320, h / 240]
          const ring = [left, top, left + wide, top, left + wide, top + high, left, top + high]
          return k === 0 ? `0 ${ring.join(' ')}` : `1 ${left + wide / 2} ${top + high / 2} ${wide} ${high}`
        })
        writeFileSync(at(name, ...places('labels', split), `${i}.txt`), lines.join('\n'))
      }
    }
    const { code, stderr, facts, config } = await chosenFor(at(name))
    expect(code, stderr).toBe(0)
    expect(facts).toMatchObject({ images: 6, objects: { count: 12, categories: ['cup', 'plate'] } })
    expect(stderr).toContain(
      '6 of 12 labels are boxes without outlines, so boxes are learned and no masks (faster-rcnn)\n',
    )
    expect(config.model).toMatchObject({ name: 'faster-rcnn' })
    expect(stderr).toContain(`how well is seen on 2 images of ${at(name)}\n`)
    // The photos of one split, with the labels named, are the same.
    const named = await chosenFor(at(name, ...places('images', 'train')), '--labels', at(name))
    expect(named.facts).toEqual(facts)
  })

  it('14 images of which one is broken', async () => {
    const photos = await labelmeFolder('broken', 14)
    const whole = readFileSync(path.join(photos, 'IMG_3.jpg'))
    writeFileSync(path.join(photos, 'IMG_3.jpg'), whole.subarray(0, 100))
    const { code, stderr, facts } = await chosenFor(photos)
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/left out: IMG_3\.jpg: .*\n1 of 14 images cannot be read and are left out\n/)
    expect(stderr).toMatch(/10 images to learn from, 3 kept apart/)
    expect(facts.images).toBe(10)
  })

  it('twenty classes, some with a single object', async () => {
    const photos = await labelmeFolder('classes', 12, { label: (i) => `kind ${i}`, size: { count: 1 } })
    const more = await labelmeFolder('classes/more', 8, {
      label: (i) => `kind ${i + 12}`,
      size: { count: 1 },
    })
    expect(path.dirname(more)).toBe(photos)
    const { code, stderr, facts } = await chosenFor(photos)
    expect(code, stderr).toBe(0)
    expect(facts.objects.categories).toHaveLength(20)
    expect(stderr).toMatch(/warning: Classes with very few objects \[rare-classes\]: 20 of 20 categories/)
  })

  it('objects of 8 pixels, and of 800', async () => {
    const small = await labelmeFolder('small', 6, { size: { side: 8, count: 40 } })
    // Twice 240 pixels; 8 pixels are 16 then.
    const tiny = await chosenFor(small)
    expect(tiny.config.model.transform.resize).toMatchObject({ minSize: 480 })
    expect(tiny.config.model.anchors.sizes).toEqual([[8], [16], [32], [64], [128]])
    expect(tiny.config).toMatchObject({ maxInstances: 80, model: { box: { maxDetections: 100 } } })
    const large = await chosenFor(
      await labelmeFolder('large', 5, { size: { width: 1000, height: 900, side: 800, count: 1 } }),
    )
    expect(large.config.model.transform.resize).toMatchObject({ minSize: 320 })
    // Crops are not larger than the images as they are seen.
    expect(large.config.augment.crop).toMatchObject({ height: 320, width: 320 })
  })

  it('few images, of which none can be spared', async () => {
    const { code, stderr, config } = await chosenFor(await labelmeFolder('few', 3))
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('3 labelled images are too few to keep some apart')
    expect(config.data.val).toBeNull()
  })

  it('photos that look the same, which come to one side', async () => {
    const photos = await labelmeFolder('alike', 5)
    for (let i = 5; i < 10; i++) {
      const photo = photoOf(0)
      await writePhoto(path.join(photos, `IMG_${i}.jpg`), photo)
      writeFileSync(path.join(photos, `IMG_${i}.json`), labelme(`IMG_${i}.jpg`, photo))
    }
    const { stderr, facts } = await chosenFor(photos)
    expect(stderr).toContain('those that look the same are on one side')
    // Six are one picture: they are on the side of more.
    expect(facts.images).toBeGreaterThanOrEqual(6)
  })
})

it('takes masks in a folder of any name', async () => {
  for (let i = 0; i < 5; i++) {
    const photo = photoOf(i, { count: 1 })
    await writePhoto(at('street', 'PNGImages', `${i}.jpg`), photo)
    const { width, height, rects } = photo
    const mask = new Uint8Array(width * height)
    const [[x0, y0, w, h]] = rects
    for (let y = y0; y < y0 + h; y++) mask.fill(1, y * width + x0, y * width + x0 + w)
    mkdirSync(at('street', 'kept'), { recursive: true })
    writeFileSync(
      at('street', 'kept', `${i}_mask.png`),
      encodeLabelPng({ data: mask, width, height, channels: 1 }),
    )
  }
  const { code, stderr, facts } = await chosenFor(at('street', 'PNGImages'), '--labels', at('street', 'kept'))
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`labels: ${at('street', 'kept')} (label-map)\n`)
  expect(stderr).toContain('4 images to learn from, 1 kept apart')
  expect(facts.objects).toMatchObject({ count: 4, hasMasks: true, median: 60 })
})

describe('a training on photos', { timeout: 300_000 }, () => {
  /** As small as it can be without being another. */
  const small = [
    ...['model.fpn.channels=16', 'model.mask.head.width=16', 'model.box.head.width=32', 'batchSize=1'],
    ...['augment.crop.height=64', 'augment.crop.width=64', 'workers=0', 'planMemory=false'],
    ...['searchMemory=false', 'optimizeGraph=false'],
  ].flatMap((setting) => ['--set', setting])

  it('measures, trains, tells what was reached, and goes on', async () => {
    const photos = await labelmeFolder('whole', 6)
    await writePhoto(path.join(photos, 'IMG_9.jpg'), photoOf(9))
    const out = at('runs', 'whole')
    const flags = ['--out', out, '--threads', '1', ...small]
    const { code, stdout, stderr } = await command(
      'train',
      photos,
      '--minutes',
      '60',
      '--max-steps',
      '2',
      ...flags,
    )
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/a step takes [\d.]+ s: \d+ fit into 60 minutes\n/)
    expect(stdout).toMatch(
      new RegExp(
        `^\\ntrained   on 5 images in [\\d.]+ minutes: ${out}\nreached   AP [\\d.]+, AP50 [\\d.]+ of masks, on 1 image with 2 objects that it has not seen\n`,
      ),
    )
    expect(stdout).toContain(
      `label     1 image of the folder has no labels; which help most: maskwright data suggest ${photos} --labels ${photos} --model ${out}\n`,
    )
    expect(stdout).toContain(`predict   maskwright predict ${photos} --model ${out}\n`)
    expect(readFileSync(path.join(out, 'evaluation.html'), 'utf8')).toContain('<h2>Worst cases</h2>')
    const chosen = readFileSync(path.join(out, 'chosen-config.ts'), 'utf8')
    expect(chosen).toMatch(/steps: \d+, \/\/ what fits into 60 minutes, with [\d.]+ s a step/)

    const again = await command('train', photos, '--max-steps', '2', ...flags)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('there is a run in this folder')])
    const onward = ['--resume', '--minutes', '30', '--max-steps', '3', '--json']
    const resumed = await command('train', photos, ...onward, ...flags)
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(resumed.stderr).toContain('resuming after step 2')
    const [, more] = /a step takes [\d.]+ s: (\d+) more fit into 30 minutes\n/.exec(resumed.stderr)!
    expect(JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')).steps).toBe(2 + Number(more))
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      folder: out,
      step: 3,
      reached: { measure: 'masks', images: 1 },
    })

    // The configuration stands by itself, beside its data.
    const file = path.join(out, 'chosen-config.ts')
    const { data } = await loadConfig(file, { device: 'cpu' })
    const { train, val } = await loadData(data, file)
    expect([train.images.length, val?.images.length]).toEqual([5, 1])
    expect(existsSync(path.join(data.train.images, train.images[0].fileName))).toBe(true)
  })
})

describe('what is said of', { timeout: 120_000 }, () => {
  it('photos without labels', async () => {
    for (let i = 0; i < 3; i++) await writePhoto(at('alone', 'bare', `${i}.jpg`), photoOf(i))
    const { code, stderr } = await chosenFor(at('alone', 'bare'))
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^maskwright: .*bare: there are no labels to learn from\. no labels were found in the folder .* with --labels\. To make some, outline/,
      ),
    ])
  })

  it('labels without an object, and labels of other images', async () => {
    const photos = await labelmeFolder('empty/photos', 2, { size: { count: 0 } })
    const named = await chosenFor(photos, '--labels', photos)
    expect([named.code, named.stderr]).toEqual([
      1,
      `maskwright: ${photos}: the labels have no object. Label at least one object\n`,
    ])
    const other = { images: [{ id: 1, file_name: 'other.jpg', width: 320, height: 240 }] }
    const object = { id: 1, image_id: 1, category_id: 1, iscrowd: 0, bbox: [0, 0, 9, 9], area: 81 }
    const labels = {
      ...other,
      annotations: [{ ...object, segmentation: [] }],
      categories: [{ id: 1, name: 'cup' }],
    }
    writeFileSync(at('empty', 'train.json'), JSON.stringify(labels))
    const found = await chosenFor(photos)
    expect(found.code).toBe(1)
    expect(found.stderr).toContain(`${at('empty', 'train.json')} has no labels of these images\n`)
  })

  it('names with a slip of the keyboard', async () => {
    for (let i = 0; i < 6; i++) await writePhoto(at('slip', `photo_${i}.jpg`), photoOf(i))
    const names = ['photo_0', 'photo_1', 'photo_2', 'photo_3', 'photo_4', 'phoot_5'].map(
      (name) => `${name}.jpg`,
    )
    writeFileSync(
      at('slip', 'train.json'),
      JSON.stringify({
        images: names.map((file_name, id) => ({ id: id + 1, file_name, width: 320, height: 240 })),
        annotations: names.map((_, i) => {
          const [x, y, w, h] = photoOf(i).rects[0]
          const segmentation = [[x, y, x + w, y, x + w, y + h, x, y + h]]
          const ids = { id: i + 1, image_id: i + 1, category_id: 1, iscrowd: 0 }
          return { ...ids, bbox: [x, y, w, h], area: w * h, segmentation }
        }),
        categories: [{ id: 1, name: 'cup' }],
      }),
    )
    const { code, stderr } = await chosenFor(at('slip'))
    expect(code).toBe(1)
    expect(stderr).toContain('Images that are not there [missing-images]: 1 of 6 images')
    expect(stderr).toContain('There is no phoot_5.jpg; did you mean photo_5.jpg?')
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^maskwright: .*train\.json: the labels have errors, so nothing is trained; got missing-images\. /,
    )
  })

  it('flags that are for photos, and photos that are not there', async () => {
    writeFileSync(at('a.json'), '{}')
    const flag = await command('train', at('a.json'), '--minutes', '5')
    expect([flag.code, flag.stderr]).toEqual([
      2,
      expect.stringMatching(/--minutes is for a folder of photos, and .*a\.json is none/),
    ])
    const time = await command('train', root, '--minutes', '0')
    expect([time.code, time.stderr]).toEqual([2, expect.stringContaining('Expected a number above 0')])
  })
})
