import { describe, expect, it } from 'vitest'
import { findingNothing, thinFamily } from '../../../test/thin-family.ts'
import { buildModel } from '../../models/catalogue.ts'
import { inferenceModel } from '../../models/inference-graph.ts'
import type { ModelFile } from '../../models/model-file.ts'
import { createSession } from '../../node/session.ts'
import { decodeModel } from '../../onnx/decode.ts'
import { encodeModel } from '../../onnx/encode.ts'
import { cast, greater } from '../../ops/elementwise.ts'
import { nonZero } from '../../ops/gather.ts'
import { matMul } from '../../ops/linear.ts'
import { tensor } from '../../tensor/tensor.ts'
import { graph } from '../graph.ts'
import { toOnnx } from '../to-onnx.ts'
import { input } from '../value.ts'
import { gpuGraph } from './gpu-graph.ts'
import { valueTypes } from './value-types.ts'

/** How often data comes down before the outputs are there: for proposals, for detections, for points in heatmaps. */
const DOWNLOADS: Readonly<Record<string, number>> = {
  retinanet: 1,
  fcos: 1,
  centermask: 1,
  'centermask-lite': 1,
  'faster-rcnn': 2,
  'mask-rcnn': 2,
  'mask-rcnn-v2': 2,
  'mask-rcnn-c4': 2,
  'mask-rcnn-detectron2': 2,
  'mask-scoring-rcnn': 2,
  'keypoint-rcnn': 2,
}

const image = tensor(
  'uint8',
  [50, 70, 3],
  Uint8Array.from({ length: 50 * 70 * 3 }, (_, i) => ((i * 7919) ^ (i >> 5)) % 251),
)

function graphOf({ metadata, weights }: ModelFile): Uint8Array {
  return inferenceModel(buildModel(metadata.architecture), weights)
}

async function run(model: Uint8Array) {
  const session = await createSession(model, { threads: 1, searchMemory: false })
  const found = await session.run({ image })
  await session.dispose()
  return found
}

const family = thinFamily()

describe('a graph for a GPU', () => {
  it.each([...family])('says what it said before, found or not: %s', async (name, file) => {
    for (const each of [file, findingNothing(file)]) {
      const bytes = graphOf(each)
      const placed = gpuGraph(bytes)
      expect(placed.downloads).toBe(DOWNLOADS[name])
      const [before, after] = [await run(bytes), await run(placed.bytes)]
      expect(after).toEqual(before)
      expect(before.scores.shape[0] > 0).toBe(each === file)
    }
  })

  it.each([...[...family.keys()].map((name) => [name, 'float64'] as const), ['fcos', 'float32'] as const])(
    'asks for no float64, which runtimes for GPUs lack: %s, scaled in %s',
    (name, scalePrecision) => {
      const { metadata, weights } = family.get(name)!
      const resize = { kind: 'shortest-side', minSize: 60, maxSize: 80 } as const
      const { architecture } = metadata
      const transform = { ...architecture.transform, resize, scalePrecision }
      const { graph: built } = decodeModel(
        inferenceModel(buildModel({ ...architecture, transform }), weights),
      )
      expect([...valueTypes(built)].filter(([, dtype]) => dtype === 'float64')).toEqual([])
    },
  )

  it.each([1, 3000])('keeps float16 from the GPU, which may lack it, beside %d selections', (selections) => {
    const x = input('x', 'float16', [2, 2])
    const wide = cast(x, 'float32')
    const found = Array.from({ length: selections }, (_, i) => [`y${i}`, nonZero(greater(wide, i))] as const)
    const bytes = encodeModel(toOnnx(graph({ ...Object.fromEntries(found), product: matMul(wide, wide) })))
    const placed = gpuGraph(bytes)
    const { node } = decodeModel(placed.bytes).graph
    const sideOf = (op: string) => placed.hostNodes.includes(node.find(({ opType }) => opType === op)!.name!)
    expect([sideOf('Cast'), sideOf('MatMul')]).toEqual([true, false])
    // So many cannot be named, and no GPU has this one.
    expect(sideOf('NonZero')).toBe(selections === 1)
  })

  it('keeps from the GPU what it lacks, and leaves it what is dense', () => {
    const { bytes, hostNodes } = gpuGraph(graphOf(family.get('mask-rcnn')!))
    const kept = new Set(hostNodes)
    const { node } = decodeModel(bytes).graph
    const sides = (op: string) => [
      ...new Set(node.filter(({ opType }) => opType === op).map(({ name }) => kept.has(name!))),
    ]
    for (const op of ['NonMaxSuppression', 'NonZero', 'TopK', 'Exp', 'Floor', 'Split']) {
      expect(sides(op), op).toContain(true)
    }
    for (const op of ['Conv', 'MatMul', 'Gemm', 'MaxPool', 'Resize', 'Softmax', 'Relu']) {
      expect(sides(op), op).toEqual([false])
    }
    for (const op of ['NonMaxSuppression', 'NonZero']) expect(sides(op), op).toEqual([true])
  })
})
