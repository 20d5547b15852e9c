/** A training that every platform takes the same steps of: a thin Mask R-CNN, and two images of rectangles. */
import type { LoadedBatch } from '../src/data/loader.ts'
import { MASK_DEFAULTS } from '../src/models/heads/mask.ts'
import { MASK_RCNN } from '../src/models/mask-rcnn.ts'
import { BATCH_NORM, type NormConfig } from '../src/nn/norm.ts'
import { constantRate } from '../src/optim/schedule.ts'
import { sgd } from '../src/optim/sgd.ts'
import type { CreateSession, SessionOptions } from '../src/runtime/session.ts'
import { random } from '../src/tensor/random.ts'
import { float32, zeros } from '../src/tensor/tensor.ts'
import { startState } from '../src/train/state.ts'
import { type TrainGraph, trainGraph } from '../src/train/train-graph.ts'
import { openTrainSession } from '../src/train/train-session.ts'
import { type Hook, type Moment, train } from '../src/train/trainer.ts'
import { THIN_TWO_STAGE } from './thin-two-stage.ts'

export const SIDE = 64
export const SEED = 7

/** Of a whole Mask R-CNN, only thin. */
function thinStep(norm: NormConfig): TrainGraph {
  const model = MASK_RCNN.build({
    model: 'mask-rcnn',
    ...THIN_TWO_STAGE,
    backbone: { ...THIN_TWO_STAGE.backbone, norm },
    numClasses: 3,
    mask: { ...MASK_DEFAULTS, head: { convs: 1, width: 8 } },
  })
  return trainGraph(model, {
    batchSize: 2,
    optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
    clipNorm: 5,
    emaDecay: 0.9,
  })
}

export const step = thinStep(BATCH_NORM)

/** Two images of coloured rectangles, one with two objects and one with a single one. */
function batchAt(index: number): LoadedBatch {
  const feeds = {
    images: zeros('uint8', [2, SIDE, SIDE, 3]),
    image_sizes: float32([SIDE, SIDE, SIDE, 56], [2, 2]),
    gt_boxes: zeros('float32', [2, 2, 4]),
    gt_labels: zeros('int64', [2, 2]),
    gt_masks: zeros('uint8', [2, 2, SIDE, SIDE]),
  }
  const source = random(SEED, index % 2)
  for (let i = 0; i < feeds.images.data.length; i++) feeds.images.data[i] = source.integer(40)
  const objects = [
    [0, 0, 1, 8, 8, 30, 28],
    [0, 1, 2, 36, 30, 60, 60],
    [1, 0, 2, 10 + 4 * (index % 2), 20, 40, 44],
  ]
  for (const [image, row, label, x1, y1, x2, y2] of objects) {
    feeds.gt_boxes.data.set([x1, y1, x2, y2], (image * 2 + row) * 4)
    feeds.gt_labels.data[image * 2 + row] = BigInt(label)
    for (let y = y1; y < y2; y++) {
      for (let x = x1; x < x2; x++) {
        feeds.gt_masks.data[((image * 2 + row) * SIDE + y) * SIDE + x] = 1
        feeds.images.data[((image * SIDE + y) * SIDE + x) * 3 + label] = 250
      }
    }
  }
  return { feeds, files: ['first.png', 'second.png'], position: { epoch: 0, index: index + 1 } }
}

/** All from a position on, each changed as it is said. */
export async function* rectangleBatches(position: unknown, change = (batch: LoadedBatch) => batch) {
  let { index } = position as { index: number }
  while (true) yield change(batchAt(index++))
}

/** What steps from the start say, and how long they take. */
export interface TakenSteps {
  readonly losses: readonly number[]
  readonly gradientNorms: readonly number[]
  /** Until the session was there, and of each step. */
  readonly milliseconds: { readonly open: number; readonly steps: readonly number[] }
}

/**
 * Takes the first steps with sessions of any platform, such that rounding stays what it is: batch norm would divide by the spread of
 * eight cells (two by two of two images), and a rate ten times as high has differences grow by as much with every step or two, until
 * a unit is on the other side of 0 or a region is chosen otherwise.
 */
export async function takeSteps(
  createSession: CreateSession,
  steps: number,
  options: SessionOptions,
): Promise<TakenSteps> {
  const step = thinStep({ kind: 'groupNorm', epsilon: 1e-5, groups: 2 })
  const began = performance.now()
  const session = await openTrainSession(step, createSession, options)
  const open = performance.now() - began
  const taken: Moment[] = []
  const progress = { step: 0, seed: SEED, position: { index: 0 } }
  const hook: Hook = {
    afterStep: async (moment) => {
      taken.push(moment)
      return undefined
    },
  }
  try {
    await train({
      ...{ step, session, progress, steps, state: startState(step, { seed: SEED }), hooks: [hook] },
      ...{ batches: rectangleBatches(progress.position), schedule: constantRate(0.002) },
    })
  } finally {
    await session.dispose()
  }
  return {
    losses: taken.map(({ scalars }) => scalars.loss),
    gradientNorms: taken.map(({ scalars }) => scalars.gradient_norm),
    milliseconds: { open, steps: taken.map(({ milliseconds }) => milliseconds.step) },
  }
}
