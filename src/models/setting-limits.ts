/**
 * The largest values that settings of models and trainings may have: several times what published models use, and little
 * enough that a small file cannot take a machine's whole memory. One home for what a model file and a config file may say.
 */
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import type { MaskBranchConfig, TwoStageConfig } from './two-stage-config.ts'

export const MOST = {
  /** With the background; LVIS has 1204. */
  classes: 10_001,
  /** Of a convolution or a fully connected layer; torchvision's widest is 2048. */
  width: 8192,
  /** Of the stem, from which every later stage follows; ResNets have 64. */
  stemWidth: 512,
  /** Groups times their width, which the widths of a ResNeXt follow from; 32 x 48 is the largest published. */
  groups: 256,
  widthPerGroup: 512,
  /** Convolutions one after another in a head. */
  depth: 32,
  /** Cells along a side of a pooled region; masks of 28 come from 14. */
  pooledSide: 64,
  /** Samples along a side of a cell; 2 is usual, 0 adapts to the region. */
  samples: 16,
  /** Sizes or ratios of anchors at one place of one level, and levels. */
  anchorsOfLevel: 32,
  levels: 8,
  /** Proposals before and after suppression, and regions drawn from them. */
  proposals: 20_000,
  detections: 10_000,
  /** What small images are enlarged to: pixels along the shorter side, or a fixed side. */
  enlargedSide: 4096,
  /** Pixels along the longer side. */
  side: 16_384,
  /** Padded sides are multiples of at most this. */
  divisor: 1024,
  batch: 1024,
  workers: 256,
  /** Objects of an image that a training step takes. */
  instances: 10_000,
  /** How many times larger augmentation may make an image. */
  scale: 32,
  /** Entries of a list in a config file. */
  entries: 10_000,
} as const

/** Numbers in one block of memory inside a model: 2 GiB of float32. torchvision's largest blocks have some 30 million. */
export const MOST_NUMBERS = 2 ** 29

export interface TooLarge {
  /** The settings that multiply to it, as they are called within the model. */
  readonly settings: readonly string[]
  readonly what: string
  readonly numbers: number
}

/** The first block of a model whose settings are each possible and together are too much; undefined where all fit. */
export function tooLarge(model: TwoStageConfig & { readonly mask?: MaskBranchConfig }): TooLarge | undefined {
  const { box, rpn, fpn, numClasses, transform, mask } = model
  const regions = Math.max(rpn.inference.postNmsTopN, box.targets.size)
  const proposals = ['rpn.inference.postNmsTopN', 'box.targets.size']
  const blocks: TooLarge[] = [
    {
      settings: [...proposals, 'fpn.channels', 'box.pooling'],
      what: 'features of all proposals',
      numbers: regions * pooledNumbers(box.pooling, fpn.channels),
    },
    {
      settings: [...proposals, 'numClasses'],
      what: 'boxes of all proposals in every class',
      numbers: regions * numClasses * 4,
    },
  ]
  if (mask) {
    const { pooling, head } = mask
    blocks.push(
      {
        settings: ['box.maxDetections', 'fpn.channels', 'mask.pooling'],
        what: 'features of all masks',
        numbers: box.maxDetections * pooledNumbers(pooling, fpn.channels),
      },
      {
        settings: ['box.maxDetections', 'mask.pooling.outputSize', 'mask.head.width', 'numClasses'],
        what: 'masks of all detections in every class',
        numbers: box.maxDetections * (2 * pooling.outputSize) ** 2 * Math.max(head.width, numClasses),
      },
    )
  }
  if (transform.resize.kind === 'fixed') {
    const { height, width } = transform.resize
    blocks.push({
      settings: ['transform.resize', 'backbone.stemWidth'],
      what: 'first feature map',
      numbers: (height / 2) * (width / 2) * (model.backbone.stemWidth ?? 64),
    })
  }
  return blocks.find(({ numbers }) => numbers > MOST_NUMBERS)
}

/** Numbers held for one region: its cells in every channel, or its samples. */
function pooledNumbers({ outputSize, samplingRatio }: RoiPoolingConfig, channels: number): number {
  return outputSize ** 2 * Math.max(channels, samplingRatio ** 2)
}
