/**
 * Damaged files of Labelme, VIA and YOLO: every one is either read as what it says or refused in one line that names the file.
 * Never another error, never a number that is none.
 */
import { describe, expect, it } from 'vitest'
import { annotationsOf, annotationToRle, type Dataset } from '../../src/data/dataset.ts'
import { Losses } from '../../src/data/losses.ts'
import { ConfigError, DataError } from '../../src/errors.ts'
import type { DataFormat } from '../../src/formats/format.ts'
import { labelme } from '../../src/formats/labelme/labelme.ts'
import { encodeLabelPng } from '../../src/formats/mask-images/label-png.ts'
import { via } from '../../src/formats/via/via.ts'
import { yoloSeg } from '../../src/formats/yolo-seg/yolo-seg.ts'
import { rleArea } from '../../src/geometry/rle.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { MemoryFolder } from '../memory-folder.ts'
import { damageBytes, damageValues } from './mutations.ts'

const CASES = 400

const image = encodeLabelPng({ data: new Uint8Array(1200), width: 40, height: 30, channels: 1 })
const png = btoa(
  String.fromCharCode(
    ...encodeLabelPng({ data: Uint8Array.of(1, 0, 1, 1, 1, 1), width: 3, height: 2, channels: 1 }),
  ),
)
const shape = { label: 'cell', group_id: null, flags: {}, description: '' }
const labelmeFile = {
  version: '5.4.1',
  flags: {},
  shapes: [
    {
      ...shape,
      shape_type: 'polygon',
      points: [
        [1, 2],
        [30.5, 2],
        [30.5, 20],
      ],
    },
    {
      ...shape,
      label: 'dust',
      group_id: 1,
      shape_type: 'rectangle',
      points: [
        [4, 5],
        [9, 8],
      ],
    },
    {
      ...shape,
      shape_type: 'circle',
      points: [
        [20, 15],
        [25, 15],
      ],
    },
    {
      ...shape,
      shape_type: 'mask',
      mask: png,
      points: [
        [7, 8],
        [9, 9],
      ],
    },
  ],
  imagePath: 'a.png',
  imageData: null,
  imageHeight: 30,
  imageWidth: 40,
}
const region_attributes = { kind: 'cell' }
const viaFile = {
  _via_settings: { ui: {}, core: {}, project: { name: 'p' } },
  _via_img_metadata: {
    'a.png99': {
      filename: 'a.png',
      size: 99,
      regions: [
        {
          shape_attributes: { name: 'polygon', all_points_x: [1, 30.5, 30.5], all_points_y: [2, 2, 20] },
          region_attributes,
        },
        { shape_attributes: { name: 'rect', x: 4, y: 5, width: 5, height: 3 }, region_attributes },
        {
          shape_attributes: { name: 'ellipse', cx: 20, cy: 15, rx: 5, ry: 3, theta: 0.5 },
          region_attributes,
        },
      ],
      file_attributes: {},
    },
  },
  _via_attributes: { region: { kind: { type: 'dropdown', options: { cell: '', dust: '' } } }, file: {} },
}
const labels = '0 0.1 0.1 0.5 0.1 0.5 0.9\n1 0.5 0.5 0.2 0.2\n0 0.2 0.2 0.4 0.2 0.4 0.4 0.2 0.4\n'
const yaml = 'train: images/train\nval: images/train\nnc: 2\nnames:\n  0: cell\n  1: dust\n'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const values = (document: object) => (source: Random) => bytesOf(damageValues(document, source))
const bytes = (document: object | string) => (source: Random) =>
  damageBytes(typeof document === 'string' ? document : JSON.stringify(document), source)

const tree = {
  'images/train/a.png': image,
  'labels/train/a.txt': bytesOf(labels),
  'data.yaml': bytesOf(yaml),
}
const subjects: [string, DataFormat, string, Record<string, Uint8Array>, (source: Random) => Uint8Array][] = [
  ['Labelme, values', labelme, 'a.json', { 'a.png': image }, values(labelmeFile)],
  ['Labelme, bytes', labelme, 'a.json', { 'a.png': image }, bytes(labelmeFile)],
  ['VIA, values', via, 'p.json', { 'a.png': image }, values(viaFile)],
  ['VIA, bytes', via, 'p.json', { 'a.png': image }, bytes(viaFile)],
  ['labels of YOLO', yoloSeg, 'labels/train/a.txt', tree, bytes(labels)],
  ['data.yaml of YOLO', yoloSeg, 'data.yaml', tree, bytes(yaml)],
]

/** Whatever is read can be used: numbers are numbers, shapes have an area, ids fit together. */
function expectSound({ images, annotations, categories }: Dataset): void {
  const categoryIds = new Set(categories.map(({ id }) => id))
  for (const { id, width, height, fileName } of images) {
    expect(width > 0 && height > 0 && fileName !== '').toBe(true)
    for (const annotation of annotationsOf({ images, annotations, categories }, id)) {
      const { box, area, categoryId, segmentation } = annotation
      expect([...box, area].every(Number.isFinite)).toBe(true)
      expect(box[2] > box[0] && box[3] > box[1]).toBe(true)
      expect(categoryIds.has(categoryId)).toBe(true)
      if (segmentation) expect(area).toBe(rleArea(annotationToRle(annotation, { width, height })))
    }
  }
}

/** Every ring stands in the file as it was read. */
function expectWritten(dataset: Dataset, text: string): void {
  const numbers = new Set((text.match(/-?\d+(\.\d+)?([eE][-+]?\d+)?/g) ?? []).map(Number))
  for (const annotation of [...dataset.annotations.values()].flat()) {
    const { segmentation } = annotation
    if (!segmentation || 'counts' in segmentation) continue
    for (const ring of segmentation)
      if (ring.length < 40) expect(ring.every((at) => numbers.has(at))).toBe(true)
  }
}

describe.each(subjects)('%s', (name, format, path, files, damaged) => {
  it('are read as what they say, or refused', async () => {
    let [read, refused] = [0, 0]
    for (let seed = 0; seed < CASES; seed++) {
      const content = damaged(random(seed))
      const folder = new MemoryFolder({ ...files, [path]: content })
      const entry = format === yoloSeg ? undefined : path
      const found = await format
        .read(folder, { losses: new Losses(), entry })
        .catch((error: unknown) => error)
      if (found instanceof Error) {
        const at = `seed ${seed}: ${found.stack}`
        expect(found instanceof DataError || found instanceof ConfigError, at).toBe(true)
        expect(found.message, at).not.toMatch(/\n|got NaN|undefined/)
        expect(found.message, at).toMatch(/^memory/)
        refused++
        continue
      }
      read++
      for (const { dataset } of found as Awaited<ReturnType<DataFormat['read']>>) {
        expectSound(dataset)
        if (name.startsWith('Labelme') || name.startsWith('VIA'))
          expectWritten(dataset, new TextDecoder().decode(content))
      }
    }
    expect(read, 'some damage is harmless').toBeGreaterThan(10)
    expect(refused, 'some is not').toBeGreaterThan(10)
  })
})
