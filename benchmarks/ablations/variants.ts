/** What is compared: small models that differ in one thing each, and what papers say of that. */
import type { ModelSettings } from '../../src/train/config-model.ts'
import type { TrainConfig } from '../../src/train/train-config.ts'

const norm = { kind: 'groupNorm', epsilon: 1e-5, groups: 8 } as const
const channels = 48
const sizes = [[8], [16], [32], [64], [128]]

/** A thin Mask R-CNN for nuclei, which are some 11 pixels high. */
const maskRcnn = {
  name: 'mask-rcnn',
  backbone: { name: 'resnet18', norm, stemWidth: 16 },
  fpn: { channels },
  anchors: { sizes, aspectRatios: sizes.map(() => [0.5, 1, 2]) },
  rpn: {
    training: { preNmsTopN: 500, postNmsTopN: 200 },
    inference: { preNmsTopN: 1000, postNmsTopN: 300 },
    targets: { size: 128 },
  },
  box: {
    head: { kind: 'mlp', width: 128 },
    targets: { size: 64, positiveFraction: 0.33, high: 0.5, low: 0.5 },
    scoreThreshold: 0.01,
    nmsThreshold: 0.4,
    maxDetections: 200,
  },
  mask: { head: { convs: 2, width: channels } },
  transform: { resize: { kind: 'keep' } },
} as const satisfies ModelSettings

const { box, mask } = maskRcnn
const roiPool = { pooler: 'roi-pool' } as const

const enlarged = { resize: { kind: 'enlarge', minSize: 96 } } as const

/** The same for close-ups of nuclei: a map of stride 16 alone would see nothing of smaller ones. */
const maskRcnnClose = {
  ...maskRcnn,
  anchors: { ...maskRcnn.anchors, sizes: [[16], [24], [32], [48], [64]] },
  transform: enlarged,
} as const satisfies ModelSettings
const { anchors } = maskRcnnClose

/** A thin CenterMask for close-ups of nuclei. A module after the first, which an identity can lead around, only the larger VoVNets have. */
const centerMask = {
  name: 'centermask',
  backbone: { name: 'vovnet39', norm, widthMultiplier: 0.25 },
  fpn: { channels },
  fcos: {
    towers: { classConvs: 2, boxConvs: 2, norm },
    targets: { ranges: [40, 64, 128, 256] },
    candidates: 300,
    maxDetections: 30,
  },
  regions: { candidates: 200, maxDetections: 40, targets: { size: 32 } },
  mask: { head: { convs: 2, width: channels } },
  maskIou: null,
  transform: enlarged,
} as const satisfies ModelSettings

const { backbone: vovnet } = centerMask

/** How a model is trained, and on what. */
export interface Setup {
  readonly model: ModelSettings
  readonly data: DataName
}

const onNuclei = (model: ModelSettings): Setup => ({ model, data: 'nuclei' })
const onCloseUps = (model: ModelSettings): Setup => ({ model, data: 'closeUps' })

export const VARIANTS: Readonly<Record<string, Setup>> = {
  'mask-rcnn': onNuclei(maskRcnn),
  'roi-pool': onNuclei({
    ...maskRcnn,
    box: { ...box, pooling: roiPool },
    mask: { ...mask, pooling: roiPool },
  }),
  softmax: onNuclei({ ...maskRcnn, mask: { head: { ...mask.head, activation: 'softmax' } } }),
  'mask-scoring': onNuclei({
    ...maskRcnn,
    name: 'mask-scoring-rcnn',
    maskIou: { convs: 4, width: channels, linearWidth: 128 },
  }),
  'mask-rcnn-close': onCloseUps(maskRcnnClose),
  c4: onCloseUps({
    ...maskRcnnClose,
    fpn: null,
    anchors: { sizes: [anchors.sizes.flat()], aspectRatios: [[0.5, 1, 2]] },
  }),
  centermask: onCloseUps(centerMask),
  'no-attention': onCloseUps({
    ...centerMask,
    mask: { head: { ...centerMask.mask.head, attention: false } },
  }),
  'canonical-levels': onCloseUps({
    ...centerMask,
    mask: { ...centerMask.mask, pooling: { levels: 'canonical' } },
  }),
  'no-identity': onCloseUps({ ...centerMask, backbone: { ...vovnet, identity: false } }),
  'no-ese': onCloseUps({ ...centerMask, backbone: { ...vovnet, attention: 'none' } }),
  se: onCloseUps({ ...centerMask, backbone: { ...vovnet, attention: 'se' } }),
}

const shared = {
  batchSize: 4,
  optimizer: { name: 'adamw', learningRate: 2e-3, weightDecay: 0.05 },
  maxInstances: 60,
} as const

/** How all models on the same images are trained. */
export const BUDGETS = {
  nuclei: {
    ...shared,
    augment: {
      scale: { kind: 'factor', from: 0.75, to: 1.3 },
      crop: { height: 128, width: 128, minVisible: 0.2, minArea: 8 },
      quarterTurns: true,
      horizontalFlip: 0.5,
      color: { brightness: 0.3, contrast: 0.3 },
    },
    steps: 120,
    schedule: { kind: 'cosine', warmupSteps: 12 },
  },
  closeUps: {
    ...shared,
    augment: {
      scale: { kind: 'enlarge', minSize: 96, from: 0.85, to: 1.3 },
      crop: { height: 96, width: 96, minVisible: 0.3, minArea: 40 },
      quarterTurns: true,
      horizontalFlip: 0.5,
      color: { brightness: 0.3, contrast: 0.3 },
    },
    steps: 150,
    schedule: { kind: 'cosine', warmupSteps: 15 },
  },
} as const satisfies Readonly<Record<string, Omit<TrainConfig, 'model' | 'data'>>>

export type DataName = keyof typeof BUDGETS

/** The nuclei that are trained on and evaluated: of one kind, in small images. */
export const NUCLEI = { modality: 'fluorescence', maxSide: 360, evaluated: 24 }

/** A model, and by what its masks are ranked. */
export interface Side {
  readonly name: string
  readonly variant: string
  /** By the score of the class even where masks have a score of their own. */
  readonly byClass?: boolean
}

/** Two sides that differ in one thing; the first is what the paper proposes. */
export interface Comparison {
  readonly proposed: Side
  readonly other: Side
  /** What the paper found, with the place. */
  readonly paper: string
}

export const COMPARISONS: readonly Comparison[] = [
  {
    proposed: { name: 'RoIAlign', variant: 'mask-rcnn' },
    other: { name: 'RoIPool', variant: 'roi-pool' },
    paper: 'better, most of all at strict IoU (He et al. 2017, tables 2c and 2d)',
  },
  {
    proposed: { name: 'pyramid (FPN)', variant: 'mask-rcnn-close' },
    other: { name: 'single map (C4)', variant: 'c4' },
    paper: 'better (He et al. 2017, table 2a)',
  },
  {
    proposed: { name: 'sigmoid masks', variant: 'mask-rcnn' },
    other: { name: 'softmax masks', variant: 'softmax' },
    paper: 'better, with 80 classes that compete (He et al. 2017, table 2b)',
  },
  {
    proposed: { name: 'masks ranked by mask score', variant: 'mask-scoring' },
    other: { name: 'the same ranked by class score', variant: 'mask-scoring', byClass: true },
    paper: 'better, with the same weights (Huang et al. 2019)',
  },
  {
    proposed: { name: 'mask head with attention (SAG-Mask)', variant: 'centermask' },
    other: { name: 'without', variant: 'no-attention' },
    paper: 'better (Lee and Park 2020, section 3.3)',
  },
  {
    proposed: { name: 'levels by share of the image', variant: 'centermask' },
    other: { name: 'levels by size (canonical)', variant: 'canonical-levels' },
    paper: 'better (Lee and Park 2020, section 3.2)',
  },
  {
    proposed: { name: 'VoVNetV2 with identity', variant: 'centermask' },
    other: { name: 'without', variant: 'no-identity' },
    paper: 'better, most of all in deep bodies (Lee and Park 2020, section 3.4)',
  },
  {
    proposed: { name: 'eSE', variant: 'centermask' },
    other: { name: 'no channel attention', variant: 'no-ese' },
    paper: 'better (Lee and Park 2020, section 3.4)',
  },
  {
    proposed: { name: 'eSE', variant: 'centermask' },
    other: { name: 'SE', variant: 'se' },
    paper: 'better (Lee and Park 2020, section 3.4)',
  },
]
