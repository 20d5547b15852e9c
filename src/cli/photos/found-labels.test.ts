import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSyntheticImages } from '../../../test/end-to-end/synthetic-data.ts'
import { command } from '../../../test/in-process.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-found-labels-'))
const at = (...parts: string[]) => path.join(folder, ...parts)
let objects = 0

beforeAll(async () => {
  const coco = await writeSyntheticImages(at('all', 'photos'), 4, 5)
  objects = coco.annotations.length
  writeFileSync(at('all', 'truth.json'), JSON.stringify(coco))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder with the photos, and their labels in another format, written by `data convert`. */
async function placed(name: string, photos: string, to: string, target: string): Promise<string> {
  mkdirSync(at(name), { recursive: true })
  await writeSyntheticImages(at(name, photos), 4, 5)
  if (to === '') return at(name, photos)
  const flags = ['--to', to, '--images', at('all', 'photos'), '--force']
  const { code, stderr } = await command(
    'data',
    'convert',
    at('all', 'truth.json'),
    at(name, target),
    ...flags,
  )
  expect(code, stderr).toBe(0)
  return at(name, photos)
}

/** Runs the command of a line that says what is to be done. */
async function doneAs(line: string): Promise<void> {
  const [, words] = /maskwright (data convert .*)$/.exec(line) as RegExpExecArray
  const argv = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
  const { code, stderr } = await command(...argv)
  expect(code, stderr).toBe(0)
}

/** What `init` finds, and what it says is to be done. */
async function init(photos: string, ...flags: string[]) {
  const out = path.join(path.dirname(photos), 'my-config.ts')
  rmSync(out, { force: true })
  const { code, stdout, stderr } = await command('init', photos, '--out', out, '--json', ...flags)
  expect(code, stderr).toBe(0)
  const { facts, todo } = JSON.parse(stdout)
  return { facts, todo: todo as string[], stderr, text: readFileSync(out, 'utf8') }
}

describe('labels that init finds', { timeout: 60_000 }, () => {
  it('may have keypoints, which the model that it names does not learn', async () => {
    const photos = at('limbs', 'photos')
    const { images, annotations, categories } = await writeSyntheticImages(photos, 4, 5)
    const labelled = (keypoints?: number[]) => ({
      ...{ images, annotations: annotations.map((object: object) => ({ ...object, keypoints })) },
      categories: categories.map((category: object) => ({ ...category, keypoints: ['tip'] })),
    })
    writeFileSync(at('limbs', 'train.json'), JSON.stringify(labelled([3, 3, 2])))
    const told = await init(photos)
    expect(told.stderr).toContain(
      "the labels have keypoints, which mask-rcnn does not learn: model.name 'keypoint-rcnn'",
    )
    expect(told.text).toContain("name: 'mask-rcnn'")
    writeFileSync(at('limbs', 'train.json'), JSON.stringify(labelled()))
    expect((await init(photos)).stderr).not.toContain('keypoints')
  })

  it.each([
    ['a COCO file of another name beside them', 'photos', 'coco', 'leaves.json'],
    ['a project of VIA beside them', 'photos', 'via', 'via_project.json'],
    ['files of Labelme in a folder beside them', 'photos', 'labelme', 'labels'],
    ['a folder of label maps beside them', 'pictures-of-may', 'label-map', 'kept'],
  ])('%s', async (name, photos, to, target) => {
    const where = await placed(name, photos, to, target)
    if (to === 'label-map') {
      renameSync(at(name, 'kept', 'masks'), at(name, 'masks'))
      rmSync(at(name, 'kept'), { recursive: true })
    }
    // What is no labels of these photos is passed by.
    writeFileSync(at(name, 'package.json'), '{"name":"other"}')
    writeFileSync(at(name, 'a-notes.json'), '{"images":[],"annotations":[],"categories":[]}')
    const { facts, todo, text } = await init(where)
    expect(facts.objects.count).toBe(objects)
    if (to === 'coco') return expect(text).toContain("annotations: 'leaves.json'")
    await doneAs(todo[0])
    expect(text).toContain("annotations: 'train.json'")
    expect(JSON.parse(readFileSync(at(name, 'train.json'), 'utf8')).annotations).toHaveLength(objects)
  })

  it('the layout of YOLO around them', async () => {
    const where = await placed('yolo', 'images', 'yolo-seg', '.')
    expect(readdirSync(at('yolo'))).toContain('labels')
    expect((await init(where)).facts.objects.count).toBe(objects)
  })

  it('in the splits of a data set, those of the photos', async () => {
    for (const [i, split] of ['train', 'val'].entries()) {
      const coco = await writeSyntheticImages(at('splits', 'images', split), 3 - i, 8 + i)
      mkdirSync(at('splits', 'annotations'), { recursive: true })
      writeFileSync(at('splits', 'annotations', `instances_${split}.json`), JSON.stringify(coco))
    }
    const written = await init(at('splits', 'images', 'train'))
    expect(written.text).toContain(
      "train: { images: 'train', annotations: '../annotations/instances_train.json' }",
    )
    expect(written.text).toContain("val: { images: 'val', annotations: '../annotations/instances_val.json' }")

    const yolo = ['--to', 'yolo-seg', '--copy-images']
    const { code, stderr } = await command('data', 'convert', at('splits'), at('yolo-splits'), ...yolo)
    expect(code, stderr).toBe(0)
    const converted = await init(at('yolo-splits', 'images', 'train'))
    expect(converted.facts.images).toBe(3)
    await doneAs(converted.todo[0])
    for (const [i, split] of ['train', 'val'].entries()) {
      const file = `coco/annotations/${split}.json`
      expect(converted.text).toContain(`${split}: { images: '${split}', annotations: '${file}' }`)
      expect(JSON.parse(readFileSync(at('yolo-splits', 'images', file), 'utf8')).images).toHaveLength(3 - i)
    }
  })

  it('none of other photos, and says where it looked', async () => {
    const where = await placed('others', 'photos', '', '')
    const other = JSON.parse(readFileSync(at('all', 'truth.json'), 'utf8'))
    const images = other.images.map((image: object, i: number) => ({ ...image, file_name: `other-${i}.png` }))
    writeFileSync(at('others', 'birds.json'), JSON.stringify({ ...other, images }))
    const { facts, todo } = await init(where)
    expect(facts.objects).toBeUndefined()
    expect(todo[0]).toMatch(
      /^no labels were found .* no train\.json, annotations\.json .* name them with --annotations$/,
    )
  })

  it('counts images that cannot be read, and takes folders of folders with --recursive', async () => {
    await writeSyntheticImages(at('nested', 'photos', 'monday'), 3, 5)
    writeFileSync(at('nested', 'photos', 'monday', 'broken.png'), 'not a picture')
    const plain = await command('init', at('nested', 'photos'), '--out', at('nested', 'a.ts'))
    expect([plain.code, plain.stderr]).toEqual([
      1,
      expect.stringContaining('--recursive reads its subfolders'),
    ])
    const { facts, stderr } = await init(at('nested', 'photos'), '--recursive')
    expect(facts.images).toBe(3)
    expect(stderr).toMatch(/^passed over: .*broken\.png.*\n1 of 4 images cannot be read\n$/)
  })
})
