/**
 * A model of your own: Mask R-CNN with one more head, which says how much of its box an object fills. Wired from parts
 * (`maskwright/models`), trained on batches that are drawn while it trains (`maskwright/train`), then run on a picture.
 */
import {
  encodeModel,
  reduceMean,
  relu,
  reshape,
  sigmoid,
  sizeOf,
  tensor,
  toNumbers,
  toOnnx,
  type Value,
} from 'maskwright/graph'
import {
  DEFAULT_TRANSFORM,
  inferenceGraph,
  MASK_DEFAULTS,
  maskBranch,
  maskTargets,
  ownMasks,
  type RoiBranch,
  regionFeatures,
  TWO_STAGE_DEFAULTS,
  twoStageDetector,
} from 'maskwright/models'
import { conv2d, linear, type Scope, smoothL1, weightedMean } from 'maskwright/nn'
import { createSession } from 'maskwright/node'
import { type Hook, makeBatch, type Sample, trainModel } from 'maskwright/train'

/** The head: layers, targets, loss and what it says in use, in one place. */
function fillBranch(scope: Scope, channels: number): RoiBranch {
  const pooling = { outputSize: 7, samplingRatio: 2, aligned: false }
  const mix = conv2d(scope.child('fill.conv'), { in: channels, out: 32, kernel: 3, padding: 1 })
  const score = linear(scope.child('fill.score'), { in: 32, out: 1 })
  const predict = (...rois: Parameters<typeof regionFeatures>): Value<'float32'> => {
    const features = reduceMean(relu(mix(regionFeatures(...rois))), [2, 3])
    return reshape(sigmoid(score(features)), [sizeOf(features, 0)])
  }
  return {
    detect: (maps, { boxes, images }) => ({ fill: predict(maps, boxes, images, pooling) }),
    loss: (maps, { positiveBoxes, positiveImages, owners, weights }, { masks }) => {
      const found = predict(maps, positiveBoxes, positiveImages, pooling)
      const filled = reduceMean(maskTargets(ownMasks(masks!, owners), positiveBoxes, 14), [1, 2])
      return { loss_fill: weightedMean(smoothL1(found, filled, { beta: 0.1 }), weights) }
    },
  }
}

const SIDE = 96
const numClasses = 2
const config = {
  ...TWO_STAGE_DEFAULTS,
  model: 'fill-rcnn',
  numClasses,
  backbone: { name: 'resnet18', stemWidth: 16, norm: { kind: 'groupNorm', groups: 8, epsilon: 1e-5 } },
  fpn: { channels: 32 },
  anchors: { sizes: [[12], [24], [40], [64], [96]], aspectRatios: Array(5).fill([1]) },
  rpn: {
    ...TWO_STAGE_DEFAULTS.rpn,
    training: { preNmsTopN: 200, postNmsTopN: 100 },
    inference: { preNmsTopN: 200, postNmsTopN: 50 },
    targets: { ...TWO_STAGE_DEFAULTS.rpn.targets, size: 64 },
  },
  box: {
    ...TWO_STAGE_DEFAULTS.box,
    head: { kind: 'mlp', width: 64 },
    targets: { ...TWO_STAGE_DEFAULTS.box.targets, size: 32 },
  },
  transform: { ...DEFAULT_TRANSFORM, resize: { kind: 'keep' } },
} as const
const model = twoStageDetector(config, ['box', 'mask'], (heads, regions) => [
  maskBranch(heads, regions, numClasses, { ...MASK_DEFAULTS, head: { convs: 1, width: 32 } }),
  fillBranch(heads, regions.channels),
])

/** A picture with a disc or a lozenge on it, and what there is to learn from it. */
function draw(index: number): Sample {
  const image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(40) }
  const radius = 12 + ((index * 7) % 17)
  const [cx, cy] = [
    radius + ((index * 31) % (SIDE - 2 * radius)),
    radius + ((index * 17) % (SIDE - 2 * radius)),
  ]
  const isDisc = index % 2 === 0
  const side = 2 * radius
  const mask = new Uint8Array(side * side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x + 0.5 - radius, y + 0.5 - radius]
      const isInside = isDisc ? Math.hypot(dx, dy) < radius : Math.abs(dx) + Math.abs(dy) < radius
      if (!isInside) continue
      mask[y * side + x] = 1
      const at = 3 * ((cy - radius + y) * SIDE + cx - radius + x)
      image.data.fill(200, at, at + 3)
    }
  }
  const box = [cx - radius, cy - radius, cx + radius, cy + radius] as const
  return { image, instances: [{ box, label: 1, mask }], imageId: index, fileName: `drawn ${index}` }
}

/** Batches without end, made as they are asked for. */
async function* batches(batchSize: number) {
  for (let first = 0; ; first += batchSize) {
    yield makeBatch(Array.from({ length: batchSize }, (_, i) => draw(first + i)))
  }
}

/** Something done after every step. */
const tell: Hook = {
  afterStep: async ({ progress: { step }, scalars }) => {
    if (step === 1 || step % 20 === 0) {
      console.log(
        `step ${step}: loss ${scalars.loss.toFixed(3)}, of which fill ${scalars.loss_fill.toFixed(4)}`,
      )
    }
    return undefined
  },
}

const steps = Number(process.argv[2] ?? 100)
const batchSize = 4
const trained = await trainModel({
  ...{ model, batches: batches(batchSize), batchSize, steps, createSession, hooks: [tell] },
  // A thin model: its graph is open in a third of the time.
  session: { searchMemory: false },
  size: { height: SIDE, width: SIDE },
})

const session = await createSession(encodeModel(toOnnx(inferenceGraph(model, trained.weights))))
for (const index of [1000, 1001]) {
  const { image } = draw(index)
  const { boxes, scores, fill } = await session.run({ image: tensor('uint8', [SIDE, SIDE, 3], image.data) })
  const [score, share] = [toNumbers(scores)[0], toNumbers(fill)[0]]
  const box = toNumbers(boxes).slice(0, 4).map(Math.round)
  console.log(
    `${index % 2 ? 'lozenge' : 'disc'}: score ${score?.toFixed(2)}, box ${box}, fill ${share?.toFixed(2)}`,
  )
}
await session.dispose()
