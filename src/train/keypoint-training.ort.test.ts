import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { THIN_TWO_STAGE } from '../../test/thin-two-stage.ts'
import { makeBatch } from '../data/batch.ts'
import { keypointPlan } from '../data/keypoints.ts'
import type { Sample, SampleInstance } from '../data/sample.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { KEYPOINT_DEFAULTS } from '../models/heads/keypoint.ts'
import { MASK_DEFAULTS } from '../models/heads/mask.ts'
import { inferenceModel } from '../models/inference-graph.ts'
import { KEYPOINT_RCNN, type KeypointRcnnConfig } from '../models/keypoint-rcnn.ts'
import { createSession } from '../node/session.ts'
import { constantRate } from '../optim/schedule.ts'
import { sgd } from '../optim/sgd.ts'
import { predict } from '../predict/predictor.ts'
import { cocoResults } from '../predict/to-json.ts'
import { evaluateWeights } from './evaluation.ts'
import { modelWeights } from './hooks.ts'
import { startState } from './state.ts'
import { trainGraph } from './train-graph.ts'
import { openTrainSession, type TrainSession } from './train-session.ts'
import { type Hook, train } from './trainer.ts'

const SIDE = 64
const plank = {
  id: 1,
  name: 'plank',
  keypoints: ['left_end', 'right_end', 'middle'],
  skeleton: [[1, 2]] as const,
}
const plan = keypointPlan([plank], 'test')

/** A whole Keypoint R-CNN with masks, only thin. */
const config: KeypointRcnnConfig = {
  model: 'keypoint-rcnn',
  ...THIN_TWO_STAGE,
  ...{ numClasses: 2, numKeypoints: 3 },
  rpn: { ...THIN_TWO_STAGE.rpn, inference: { preNmsTopN: 50, postNmsTopN: 30 } },
  box: { ...THIN_TWO_STAGE.box, ...{ scoreThreshold: 0, maxDetections: 5 } },
  keypoint: { ...KEYPOINT_DEFAULTS, head: { convs: 2, width: 16 } },
  mask: { ...MASK_DEFAULTS, head: { convs: 1, width: 8 } },
  transform: { ...THIN_TWO_STAGE.transform, resize: { kind: 'fixed', height: 96, width: 96 } },
}
const step = trainGraph(KEYPOINT_RCNN.build(config), {
  ...{ batchSize: 1, size: { height: SIDE, width: SIDE } },
  ...{ optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }), clipNorm: 5 },
})

/** What `sample` shows, as it is labelled. */
const labelled = parseCoco(
  {
    images: [{ id: 1, file_name: 'plank.png', width: SIDE, height: SIDE }],
    annotations: [
      {
        ...{ id: 1, image_id: 1, category_id: 1, bbox: [12, 20, 32, 20], area: 640, iscrowd: 0 },
        ...{ segmentation: [[12, 20, 44, 20, 44, 40, 12, 40]], num_keypoints: 3 },
        keypoints: [12, 30, 2, 44, 30, 2, 28, 30, 1],
      },
    ],
    categories: [plank],
  },
  'test',
)

/** A bright plank on black; labelled with its ends and its middle, or not. */
function sample(isLabelled: boolean): Sample {
  const [x1, y1, x2, y2] = [12, 20, 44, 40]
  const data = new Uint8Array(SIDE * SIDE * 3)
  for (let y = y1; y < y2; y++) data.fill(240, (y * SIDE + x1) * 3, (y * SIDE + x2) * 3)
  const mask = new Uint8Array((x2 - x1) * (y2 - y1)).fill(1)
  const points = [x1, 30, 2, x2, 30, 2, 28, 30, 1]
  const instance: SampleInstance = { box: [x1, y1, x2, y2], label: 1, mask }
  const keypoints = { points, mirror: plan.mirrors.get(1)! }
  const instances = [isLabelled ? { ...instance, keypoints } : instance]
  return { image: { data, width: SIDE, height: SIDE }, instances, imageId: 1, fileName: 'plank.png' }
}

let session: TrainSession
beforeAll(async () => {
  session = await openTrainSession(step, createSession, { threads: 1, searchMemory: false })
}, 240_000)
afterAll(() => session.dispose())

async function run(steps: number, isLabelled: boolean) {
  const feeds = makeBatch([sample(isLabelled)], { keypoints: plan })
  const scalars: Readonly<Record<string, number>>[] = []
  const record: Hook = {
    async afterStep(moment) {
      scalars.push(moment.scalars)
      return undefined
    },
  }
  async function* batches() {
    while (true) yield { feeds, files: ['plank.png'], position: { epoch: 0, index: 0 } }
  }
  const { state } = await train({
    ...{ step, session, state: startState(step, { seed: 3 }), batches: batches(), steps },
    ...{ progress: { step: 0, seed: 3, position: { epoch: 0, index: 0 } }, schedule: constantRate(0.01) },
    hooks: [record],
  })
  return { state, scalars }
}

describe('training a thin Keypoint R-CNN with masks', () => {
  it('learns where keypoints are, beside masks and boxes, and finds them', async () => {
    const { state, scalars } = await run(40, true)
    expect(Object.keys(scalars[0])).toEqual(
      expect.arrayContaining(['loss_keypoint', 'loss_mask', 'loss_box_reg']),
    )
    const losses = scalars.map((one) => one.loss_keypoint)
    // A head that knows nothing is right in one of 56 x 56 cells: ln 3136 = 8.05.
    expect(losses[0]).toBeGreaterThan(6)
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0])

    const inference = await createSession(
      inferenceModel(KEYPOINT_RCNN.build(config), modelWeights(step, state)),
      { threads: 1 },
    )
    const { image } = sample(true)
    const { instances } = await predict({ session: inference, categories: [plank] }, image, { score: 0 })
    await inference.dispose()
    expect(instances.length).toBeGreaterThan(0)
    for (const { box, keypoints = [], mask, skeleton } of instances) {
      expect(keypoints.map(({ name }) => name)).toEqual(plank.keypoints)
      expect(mask?.size).toEqual({ height: SIDE, width: SIDE })
      expect(skeleton).toEqual([[1, 2]])
      for (const { x, y } of keypoints) {
        expect([x >= box[0], y >= box[1], x <= box[2] + 1, y <= box[3] + 1]).toEqual([true, true, true, true])
      }
    }
    // Any place is right where sigmas are wide, and none where they are narrow.
    const compared = async (sigmas: readonly number[]) => {
      const { figures } = await evaluateWeights(modelWeights(step, state), {
        ...{ architecture: config, categories: [plank], dataset: labelled, where: 'test', sigmas },
        loadImage: async () => image,
        openSession: (model) => createSession(model, { threads: 1 }),
      })
      return figures.val_keypoints_AP
    }
    expect(await compared([1000])).toBeCloseTo(1, 12)
    expect(await compared([1e-6, 1e-6, 1e-6])).toBe(0)
    const [entry] = cocoResults(1, instances)
    expect([entry.keypoints?.length, entry.keypoint_scores?.length]).toEqual([9, 3])
  }, 240_000)

  it('takes nothing of the keypoints of objects without them', async () => {
    const { scalars } = await run(1, false)
    expect(scalars[0].loss_keypoint).toBe(0)
    expect(scalars[0].loss_mask).toBeGreaterThan(0)
  }, 240_000)
})
