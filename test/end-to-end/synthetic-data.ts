import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { encodePng } from '../../src/node/decode-image.ts'
import { random } from '../../src/tensor/random.ts'
import { THIN_CATEGORIES } from '../thin-model.ts'
import { THIN_MASK_RCNN } from '../thin-training.ts'

const SIDES = [64, 72, 56, 80]

export interface CocoFile {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[]
  readonly annotations: readonly Readonly<Record<string, unknown>>[]
  readonly categories: readonly { id: number; name: string }[]
}

/** Writes `count` images of bright rectangles on noise into `folder` and returns what a COCO file says of them. */
export async function writeSyntheticImages(folder: string, count: number, seed: number): Promise<CocoFile> {
  mkdirSync(folder, { recursive: true })
  const images: CocoFile['images'][number][] = []
  const annotations: CocoFile['annotations'][number][] = []
  for (let i = 0; i < count; i++) {
    const source = random(seed, i)
    const [width, height] = [SIDES[i % SIDES.length], SIDES[(i + 1) % SIDES.length]]
    const data = Uint8Array.from({ length: width * height * 3 }, () => source.integer(40))
    const image = { id: i + 1, file_name: `image-${i}.png`, width, height }
    for (let object = 0; object < 1 + (i % 3); object++) {
      const kind = source.integer(THIN_CATEGORIES.length)
      const [w, h] = [12 + source.integer(20), 12 + source.integer(20)]
      const [x, y] = [source.integer(width - w), source.integer(height - h)]
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) data[(row * width + column) * 3 + kind] = 250
      }
      annotations.push({
        id: annotations.length + 1,
        image_id: image.id,
        category_id: THIN_CATEGORIES[kind].id,
        bbox: [x, y, w, h],
        area: w * h,
        iscrowd: 0,
        segmentation: [[x, y, x + w, y, x + w, y + h, x, y + h]],
      })
    }
    writeFileSync(path.join(folder, image.file_name), await encodePng({ data, width, height }))
    images.push(image)
  }
  return { images, annotations, categories: THIN_CATEGORIES }
}

/**
 * A training of a Mask R-CNN so thin that a step takes a fraction of a second, yet with both stages, masks, batch
 * statistics, moving averages and random augmentation. Paths are relative to the configuration file.
 */
export const THIN_TRAINING = {
  model: {
    ...THIN_MASK_RCNN,
    anchors: { sizes: [[8], [16], [32], [64], [128]], aspectRatios: Array(5).fill([0.5, 1, 2]) },
    rpn: { ...THIN_MASK_RCNN.rpn, inference: { preNmsTopN: 50, postNmsTopN: 30 } },
  },
  data: { train: { images: 'images', annotations: 'train.json' } },
  // A crop gives all batches one size: the graph is half as large as one for any size, and sooner ready.
  augment: {
    scale: { kind: 'factor', from: 0.8, to: 1.2 },
    crop: { height: 64, width: 64, minVisible: 0.1, minArea: 4 },
    horizontalFlip: 0.5,
  },
  batchSize: 2,
  steps: 40,
  threads: 1,
  searchMemory: false,
  optimizeGraph: false,
  workers: 0,
  optimizer: { name: 'adamw', learningRate: 0.002 },
  schedule: { kind: 'cosine', warmupSteps: 5 },
  emaDecay: 0.9,
  logEvery: 1,
  saveEvery: 2,
}
