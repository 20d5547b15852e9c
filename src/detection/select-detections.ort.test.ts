import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { input } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { type DetectionConfig, type Suppression, selectDetections } from './select-detections.ts'

const config: DetectionConfig = {
  scoreThreshold: 0.25,
  nmsThreshold: 0.5,
  maxDetections: 3,
  boxWeights: [10, 10, 5, 5],
}

/** Two classes and background; class probabilities `[P, 3]`, boxes as the proposals lie (no offsets). */
async function select(probabilities: readonly number[], proposals: readonly number[], settings = config) {
  const count = probabilities.length / 3
  const { boxes, scores, labels } = selectDetections(
    { logits: input('logits', 'float32', ['P', 3]), deltas: input('deltas', 'float32', ['P', 12]) },
    input('proposals', 'float32', ['P', 4]),
    input('size', 'float32', [2]),
    settings,
  )
  const out = await runGraph(
    { boxes, scores, labels },
    {
      logits: float32(probabilities.map(Math.log), [count, 3]),
      deltas: float32(new Float32Array(count * 12), [count, 12]),
      proposals: float32(proposals, [count, 4]),
      size: float32([100, 200]),
    },
  )
  return {
    boxes: toNumbers(out.boxes),
    scores: toNumbers(out.scores).map((score) => Math.round(score * 1000) / 1000),
    labels: toNumbers(out.labels),
  }
}

const far = (i: number) => [i * 30, 0, i * 30 + 20, 20]

describe('selectDetections', () => {
  it('sorts over all classes and keeps the best', async () => {
    const found = await select(
      [0.1, 0.6, 0.3, 0.1, 0.5, 0.4, 0.1, 0.05, 0.85],
      [...far(0), ...far(1), ...far(2)],
    )
    expect(found.scores).toEqual([0.85, 0.6, 0.5])
    expect(found.labels).toEqual([2, 1, 1])
    expect(found.boxes).toEqual([...far(2), ...far(0), ...far(1)])
  })

  it('lowers scores where suppression is soft', async () => {
    // Class 1: IoU 0.9 with the better one. Class 2 stands alone.
    const proposals = [0, 0, 20, 20, 0, 0, 20, 18, ...far(3)]
    const probabilities = [0.2, 0.5, 0.3, 0.55, 0.35, 0.1, 0.4, 0.32, 0.28]
    const soft = (suppression: Suppression) =>
      select(probabilities, proposals, { ...config, suppression, maxDetections: 9 })
    const linear = await soft({ kind: 'linear', iouThreshold: 0.3, minScore: 0.01 })
    expect(linear.scores).toEqual([0.5, 0.32, 0.3, 0.28, 0.035])
    expect(linear.labels).toEqual([1, 1, 2, 2, 1])
    expect(linear.boxes.slice(16)).toEqual([0, 0, 20, 18])
    const gaussian = await soft({ kind: 'gaussian', sigma: 0.5, minScore: 0.01 })
    // 0.35 exp(-0.81 / 0.5).
    expect(gaussian.scores).toEqual([0.5, 0.32, 0.3, 0.28, 0.069])
    expect((await soft({ kind: 'gaussian', sigma: 0.5, minScore: 0.07 })).scores).toEqual([
      0.5, 0.32, 0.3, 0.28,
    ])
    expect(await soft({ kind: 'hard' })).toEqual(
      await select(probabilities, proposals, { ...config, maxDetections: 9 }),
    )
  })

  it('suppresses within a class only', async () => {
    // One place, both classes above the threshold; the second proposal overlaps by 0.9 and its class 1 falls.
    const found = await select([0.2, 0.5, 0.3, 0.55, 0.35, 0.1], [0, 0, 20, 20, 0, 0, 20, 18])
    expect(found.labels).toEqual([1, 2])
    expect(found.scores).toEqual([0.5, 0.3])
  })

  it('takes equal scores in the order of proposals, then classes', async () => {
    const found = await select([0.2, 0.4, 0.4, 0.2, 0.4, 0.4], [...far(1), ...far(0)], {
      ...config,
      maxDetections: 4,
    })
    expect(found.labels).toEqual([1, 2, 1, 2])
    expect(found.boxes).toEqual([...far(1), ...far(1), ...far(0), ...far(0)])
  })

  it('drops boxes that clipping leaves without a side', async () => {
    // The image ends at x = 200: nothing of the first box is inside.
    const found = await select([0.1, 0.8, 0.1, 0.1, 0.8, 0.1], [210, 0, 240, 20, 190, 0, 240, 20])
    expect(found.boxes).toEqual([190, 0, 200, 20])
  })

  it('has nothing to say of no proposals', async () => {
    expect(await select([], [])).toEqual({ boxes: [], scores: [], labels: [] })
  })
})
