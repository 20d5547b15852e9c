import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeJpeg, encodePng } from '../../src/node/decode-image.ts'
import { bundledModels } from '../../src/node/package-files.ts'
import { float32 } from '../../src/tensor/tensor.ts'
import { encodeSafetensors } from '../../src/weights/safetensors.ts'
import { commandIn } from '../in-process.ts'
import { thinModelFile } from '../thin-model.ts'
import { runCommand } from './command-line.ts'
import { THIN_TRAINING, writeSyntheticImages } from './synthetic-data.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-bad-input-'))
const inFolder = (name: string) => path.join(folder, name)
const MODELS = bundledModels().join(', ') || 'none'
const IMAGE_ENDINGS = '.png .jpg .jpeg .webp .tif .tiff .gif .avif .bmp'
const AGAIN = 'Copy or download it again'

/** A mistake, the arguments that make it, and all that the command says about it after its name. */
type Case = readonly [mistake: string, args: string, line: string | RegExp]

const images: readonly Case[] = [
  ['missing file', 'lost.png', 'lost.png: file or folder does not exist'],
  [
    'folder without images',
    'hollow',
    `hollow: folder has no images; expected files ending in ${IMAGE_ENDINGS}`,
  ],
  [
    'pattern without images',
    'none/*.png',
    `none/*.png: no images match; expected files ending in ${IMAGE_ENDINGS}`,
  ],
  [
    'not an image',
    'text.png',
    'text.png: file is not an image of a known format; expected PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP',
  ],
  ['empty file', 'empty.png', 'empty.png: image file is empty'],
  [
    'JPEG cut in half',
    'half.jpg',
    'half.jpg: image is damaged or cut short: premature end of JPEG image. Copy or export it again',
  ],
  [
    'JPEG cut in its header',
    'header.jpg',
    'header.jpg: image is damaged or cut short: premature end of JPEG image. Copy or export it again',
  ],
  [
    'image of one pixel',
    'pixel.png',
    'pixel.png: image is too small; expected at least 2 pixels on a side, got 1 x 1',
  ],
]

const models: readonly Case[] = [
  [
    'random bytes',
    'random.safetensors',
    'random.safetensors: not a safetensors file. Give a .safetensors file',
  ],
  [
    'weights of another project',
    'foreign.safetensors',
    'foreign.safetensors: these weights do not say what model they belong to; expected metadata under the key maskwright. Give a model that "maskwright train" wrote, or a bundled one',
  ],
  [
    'empty file',
    'cut-0.safetensors',
    `cut-0.safetensors: not a safetensors file, or one cut short; expected at least 8 bytes, got 0. ${AGAIN}`,
  ],
  [
    'cut after its header size',
    'cut-8.safetensors',
    /^cut-8\.safetensors: safetensors file is cut short inside its header; expected \d+ bytes or more, got 8\. Copy/,
  ],
  [
    'cut in its header',
    'cut-header.safetensors',
    /^cut-header\.safetensors: safetensors file is cut short inside its header; expected \d+ bytes/,
  ],
  [
    'cut after its header',
    'cut-data.safetensors',
    /^cut-data\.safetensors: \S+: safetensors file is cut short: .* bytes of data or more, got 0\. Copy/,
  ],
  [
    'cut in half',
    'cut-half.safetensors',
    /^cut-half\.safetensors: \S+: safetensors file is cut short: .* or more, got \d+\. Copy/,
  ],
  [
    'without its last byte',
    'cut-last.safetensors',
    /^cut-last\.safetensors: \S+: safetensors file is cut short: .* or more, got \d+\. Copy/,
  ],
  [
    'unknown name',
    'nucleii',
    `nucleii: there is no such model; expected a model file, the folder of a run, one of the bundled models (${MODELS}), or a name of "maskwright weights list"`,
  ],
  [
    'folder',
    'images',
    'images: the folder holds no model; expected images/checkpoints/best.safetensors or images/checkpoints/last.safetensors',
  ],
]

const LOST = 'Check the folder of the images against the file names in the annotations'
const UNKNOWN_CATEGORY = 'annotations[2]: annotation 3 has an unknown category; expected one of [4,9], got 77'
const set = (file: string) => `train config.json --set data.train.annotations=${file}`

const trainings: readonly Case[] = [
  ['unknown setting', 'train typo.json', 'typo.json: stepz is not a setting; did you mean steps?'],
  [
    'unknown setting inside another',
    'train config.json --set optimizer.learningrate=1',
    '--set optimizer.learningrate=1: optimizer.learningrate is not a setting; did you mean optimizer.learningRate?',
  ],
  [
    'rare images by an attribute that none has',
    'train config.json --set data.train.repeat.threshold=0.5 --set data.train.repeat.attribute=stain',
    /^data\.train\.repeat\.attribute: no image has the attribute "stain"; expected none: the images [^\n]+$/,
  ],
  ['no configuration', 'train lost.json', 'lost.json: there is no such file'],
  ['configuration that is not JSON', 'train broken.json', /^broken\.json: file is not JSON: [^\n]+$/],
  [
    'images that are not there',
    set('absent.json'),
    `${inFolder('absent.json')}: 1 of 4 images are missing; got no file for lost.png. ${LOST}`,
  ],
  [
    'box without area',
    set('flat.json'),
    /flat\.json: annotations\[2\]: annotation 3 has a box without area; .*\[3,4,0,5\]/,
  ],
  ['unknown category', set('category.json'), `${inFolder('category.json')}: ${UNKNOWN_CATEGORY}`],
  [
    'annotations that are not JSON',
    set('broken.json'),
    /broken\.json: file is not JSON; got .+ at byte \d+$/,
  ],
  [
    'folder of the run is a file',
    'train config.json --out ok.png',
    'ok.png: cannot make the folder: there is a file of that name',
  ],
]

const evaluate = (file: string, folder = 'images') =>
  `evaluate --model thin.safetensors --images ${folder} --annotations ${file}`

const evaluations: readonly Case[] = [
  [
    'images that are not there',
    evaluate('absent.json'),
    `absent.json: 1 of 4 images are missing; got no file for lost.png. ${LOST}`,
  ],
  [
    'folder that is not there',
    evaluate('good.json', 'lost'),
    `good.json: 4 of 4 images are missing; got no file for image-0.png, image-1.png, image-2.png, image-3.png. ${LOST}`,
  ],
  [
    'no folder for the report',
    `${evaluate('good.json')} --report lost/report.html`,
    'lost/report.html: cannot write the file: the folder lost does not exist',
  ],
  [
    'a report where a folder is',
    'evaluate --results results.json --annotations good.json --report images',
    'images: cannot write the file: it is a folder',
  ],
  [
    'no folder of images for the report',
    'evaluate --results results.json --annotations good.json --images lost --report report.html',
    'lost: there is no folder of images',
  ],
  ['unknown category', evaluate('category.json'), `category.json: ${UNKNOWN_CATEGORY}`],
  [
    'annotations that are not JSON',
    evaluate('broken.json'),
    /^broken\.json: file is not JSON; got .+ at byte \d+$/,
  ],
  ['text that is not UTF-8', evaluate('latin.json'), 'latin.json: file is not UTF-8 text'],
  [
    'annotations that are something else',
    evaluate('results.json'),
    'results.json: "images" is missing or no list; expected an object with the lists images, annotations and categories, got a list',
  ],
  [
    'result for an unknown image',
    'evaluate --results results.json --annotations good.json',
    'results.json: [0]: entry belongs to no image of the annotations; got image_id 999. Results and annotations must be of the same data',
  ],
  [
    'results that are something else',
    'evaluate --results good.json --annotations good.json',
    'good.json: results are not a list; expected a COCO results array, got an object',
  ],
]

const outputs: readonly Case[] = [
  ['a file', '--out ok.png', 'ok.png: cannot make the folder: there is a file of that name'],
  [
    'inside a file',
    '--out ok.png/inner',
    'ok.png/inner: cannot make the folder: part of the path is a file, not a folder',
  ],
]

const usages: readonly (readonly [mistake: string, args: string, command: string, line: string])[] = [
  ['unknown command', 'predikt', '', "unknown command 'predikt'. Did you mean predict?"],
  [
    'unknown flag',
    'predict ok.png --model m --scor 1',
    'predict',
    "unknown option '--scor'. Did you mean --score?",
  ],
  ['unknown flag of no command', '--quiet', '', "unknown option '--quiet'."],
  ['missing flag', 'predict ok.png', 'predict', "required option '--model <model>' not specified."],
  ['missing argument', 'train', 'train', "missing required argument 'photos or config'."],
  [
    'score above 1',
    'predict ok.png --model m --score 2',
    'predict',
    "option '--score <score>' argument '2' is invalid. Expected a number from 0 to 1.",
  ],
  [
    'unknown format',
    'predict ok.png --model m --format coc',
    'predict',
    "option '--format <formats>' argument 'coc' is invalid. Expected one of coco, yolo-seg, labelme, geojson, csv, labels, imagej.",
  ],
  [
    'fewer detections than COCO counts',
    'evaluate --results r.json --annotations good.json --max-detections 50',
    'evaluate',
    "option '--max-detections <n>' argument '50' is invalid. Expected a whole number above 100: COCO's figures at 1, 10 and 100 are always there.",
  ],
  [
    'nothing to evaluate',
    'evaluate --annotations good.json',
    'evaluate',
    'either --model with --images or --results is needed.',
  ],
  [
    'model without images',
    'evaluate --annotations good.json --model m',
    'evaluate',
    '--model needs --images, the folder of the annotated images.',
  ],
]

beforeAll(async () => {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(inFolder(name), content)
  const writeJson = (name: string, value: unknown) => write(name, JSON.stringify(value))

  const coco = await writeSyntheticImages(inFolder('images'), 4, 1)
  const changed = <T extends object>(items: readonly T[], index: number, change: object) =>
    items.map((item, i) => (i === index ? { ...item, ...change } : item))
  writeJson('good.json', coco)
  writeJson('absent.json', { ...coco, images: changed(coco.images, 1, { file_name: 'lost.png' }) })
  writeJson('flat.json', { ...coco, annotations: changed(coco.annotations, 2, { bbox: [3, 4, 0, 5] }) })
  writeJson('category.json', { ...coco, annotations: changed(coco.annotations, 2, { category_id: 77 }) })
  writeJson('results.json', [{ image_id: 999, category_id: 4, score: 0.5, bbox: [1, 1, 5, 5] }])
  write('broken.json', '{ "images": [1, 2,')
  write('latin.json', Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x7d))
  const config = { ...THIN_TRAINING, data: { train: { images: 'images', annotations: 'good.json' } } }
  writeJson('config.json', config)
  writeJson('typo.json', { ...config, stepz: 3 })

  mkdirSync(inFolder('hollow'))
  const picture = {
    data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 37) % 251),
    width: 64,
    height: 64,
  }
  write('ok.png', await encodePng(picture))
  const jpeg = await encodeJpeg(picture)
  write('half.jpg', jpeg.subarray(0, jpeg.length / 2))
  write('header.jpg', jpeg.subarray(0, 40))
  write('pixel.png', await encodePng({ data: new Uint8Array(3), width: 1, height: 1 }))
  write('text.png', 'This is no image.\n')
  write('empty.png', '')

  const model = thinModelFile()
  const header = 8 + Number(new DataView(model.buffer).getBigUint64(0, true))
  const cuts = {
    0: 0,
    8: 8,
    header: header / 2,
    data: header,
    half: model.length / 2,
    last: model.length - 1,
  }
  for (const [name, length] of Object.entries(cuts)) {
    write(`cut-${name}.safetensors`, model.subarray(0, Math.floor(length)))
  }
  write('thin.safetensors', model)
  write(
    'random.safetensors',
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) % 256),
  )
  write(
    'foreign.safetensors',
    encodeSafetensors(new Map([['layer.weight', float32([1, 2, 3])]]), { format: 'pt' }),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const inProcess = (args: string) => commandIn(folder, args.split(' '))

/** As a user starts it: in a process of its own. */
const started = (args: string) => runCommand(args.split(' '), { cwd: folder })

describe('a failure is told in one line and ends with 1', { timeout: 300_000 }, () => {
  const failing = (args: (given: string) => string, run: typeof inProcess | typeof started = inProcess) => {
    return ([mistake, given, line]: Case) =>
      it(mistake, async () => {
        const { status, stdout, stderr } = await run(args(given))
        expect(stderr.endsWith('\n')).toBe(true)
        const [told, ...more] = stderr.slice(0, -1).split('\n')
        expect(more).toEqual([])
        if (typeof line === 'string') expect(told).toBe(`maskwright: ${line}`)
        else expect(told.replace('maskwright: ', '')).toMatch(line)
        expect([status, stdout]).toEqual([1, ''])
      })
  }
  describe('images', () =>
    images.forEach(failing((image) => `predict ${image} --model thin.safetensors --no-overlay`)))
  describe('models', () => models.forEach(failing((model) => `predict ok.png --model ${model}`)))
  describe('output', () =>
    outputs.forEach(failing((flags) => `predict ok.png --model thin.safetensors ${flags}`, started)))
  describe('training', () => trainings.forEach(failing((args) => args)))
  describe('evaluation', () => evaluations.forEach(failing((args) => args)))
})

describe('wrong usage is told in one line with the way to help and ends with 2', { timeout: 300_000 }, () => {
  it.for(usages)('%s', async ([_, args, command, line]) => {
    const { status, stdout, stderr } = await inProcess(args)
    const name = `maskwright ${command}`.trim()
    expect(stderr).toBe(`${name}: ${line} See "${name} --help".\n`)
    expect([status, stdout]).toEqual([2, ''])
  })
})
