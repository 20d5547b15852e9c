import { expect, it } from 'vitest'
import { learningFasterRcnn } from '../../test/thin-model.ts'
import { createSession } from '../node/session.ts'
import { sgd } from '../optim/sgd.ts'
import { float32, tensor } from '../tensor/tensor.ts'
import { plannedStep } from './planned-step.ts'
import { stageSegments } from './stage-segments.ts'
import { spareMemory, startState } from './state.ts'
import { trainGraph } from './train-graph.ts'

const SIDE = 64

const model = learningFasterRcnn()

const batch = {
  images: tensor(
    'uint8',
    [1, SIDE, SIDE, 3],
    Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * i) % 251),
  ),
  image_sizes: float32([SIDE, SIDE], [1, 2]),
  gt_boxes: float32([8, 8, 40, 40], [1, 1, 4]),
  gt_labels: tensor('int64', [1, 1], BigInt64Array.of(1n)),
}

/** What one step makes of the start. */
async function stepped(recompute: boolean, accumulate: number, frozen: readonly string[]) {
  const size = { height: SIDE, width: SIDE }
  const optimizer = sgd({ momentum: 0.9, weightDecay: 0.1 })
  const { step, open } = plannedStep(model, { batchSize: 1, size, optimizer, accumulate, frozen, recompute })
  const state = startState(step, { seed: 1 })
  const session = await open(createSession, { threads: 1, searchMemory: false })
  try {
    const place = { seed: 1, step: 0, learningRate: 0.1 }
    const taken = { ...place, state, next: async () => batch, into: spareMemory(step, state) }
    return (await session.take(taken))!
  } finally {
    await session.dispose()
  }
}

it.each([
  ['in one graph', 1, []],
  ['in two, of two batches, with frozen parts', 2, model.freezable!.slice(0, 2).flat()],
])(
  'a step that computes the body again makes the same state, %s',
  async (_, accumulate, frozen) => {
    const [kept, again] = [await stepped(false, accumulate, frozen), await stepped(true, accumulate, frozen)]
    expect(again.scalars.loss).toBeCloseTo(kept.scalars.loss, 5)
    expect([...again.renewed.keys()]).toEqual([...kept.renewed.keys()])
    // The runtime joins other ops where fewer values are kept, and so rounds elsewhere.
    for (const [name, { data }] of kept.renewed) {
      const found = again.renewed.get(name)!.data
      const largest = Math.max(1e-3, ...data.map(Math.abs))
      const error = Math.max(...data.map((value, i) => Math.abs(value - found[i])))
      expect(error / largest, name).toBeLessThan(1e-5)
    }
  },
  120_000,
)

it('the body alone is computed again: each convolution, as its norm learns from what it is given', () => {
  const convolutions = (recompute: boolean) => {
    const options = { batchSize: 1, optimizer: sgd({ momentum: 0.9, weightDecay: 0.1 }), recompute }
    const { nodes } = trainGraph(model, options).graph
    const isForward = (path: string, part: string) => path.startsWith(part) && !path.includes('gradient')
    const count = (part: string) =>
      nodes.filter(({ op, path }) => op.name === 'Conv' && isForward(path, part)).length
    return { body: count('backbone.body'), pyramid: count('backbone.fpn') }
  }
  // ResNet-18: the stem, four stages of two blocks of two, three with one beside the first block.
  expect(convolutions(false)).toEqual({ body: 1 + 4 * 4 + 3, pyramid: 8 })
  expect(convolutions(true)).toEqual({ body: 2 * (1 + 4 * 4 + 3), pyramid: 8 })
})

it('a stage is a segment, with the stem whatever lies around the parts; a model without parts is refused', () => {
  const segmentOf = stageSegments({ freezable: [['body.conv1', 'body.bn1'], ['body.layer1']] })
  const found = ['body.bn1', 'body', 'body.layer1.0.conv1', 'body.layer10', 'rpn.head'].map((path) =>
    segmentOf({ path } as Parameters<typeof segmentOf>[0]),
  )
  expect(found).toEqual(['0', '0', '1', undefined, undefined])
  expect(() => stageSegments({})).toThrow(
    'recompute: the model has no stages to compute again. Leave it out.',
  )
})
