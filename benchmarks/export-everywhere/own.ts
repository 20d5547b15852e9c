/** What a model itself says, by its own graph and the code of `predict`. */
import { keypointsFromHeatmaps } from '../../src/geometry/keypoints-from-heatmaps.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import type { ModelFile } from '../../src/models/model-file.ts'
import { createSession } from '../../src/node/session.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Outcome, Run } from './outcome.ts'

export type Picture = Tensor<'uint8'>

/** Of many colours, the same for one size. */
export function picture(height: number, width: number): Picture {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => ((i * 7919) ^ (i >> 5)) % 251)
  return tensor('uint8', [height, width, 3], data)
}

/** A graph on images in one session on Node. */
export async function runOnNode(model: Uint8Array, images: readonly Picture[]): Promise<Outcome> {
  const session = await createSession(model)
  const runs: Run[] = []
  for (const image of images) {
    const found = Object.entries(await session.run({ image }))
    runs.push(
      Object.fromEntries(
        found.map(([name, value]) => [name, { shape: [...value.shape], data: toNumbers(value) }]),
      ),
    )
  }
  await session.dispose()
  return runs
}

/** What an exported file should say. */
export async function ownOutcome(
  { metadata, weights }: ModelFile,
  images: readonly Picture[],
): Promise<Outcome> {
  const runs = await runOnNode(inferenceModel(buildModel(metadata.architecture), weights), images)
  return runs.map((run, i) => withKeypoints(run, images[i]))
}

function withKeypoints({ heatmaps, networkBoxes, networkSize, ...run }: Run, { shape }: Picture): Run {
  if (!heatmaps) return run
  const [count, kinds, side] = heatmaps.shape
  const [height, width] = networkSize.data
  const data = Array.from({ length: count }, (_, i) => {
    const theirs = Float32Array.from(heatmaps.data.slice(i * kinds * side ** 2, (i + 1) * kinds * side ** 2))
    const box = networkBoxes.data.slice(4 * i, 4 * i + 4) as [number, number, number, number]
    return keypointsFromHeatmaps({ data: theirs, side }, box).map(({ x, y, score }) => [
      (x * shape[1]) / width,
      (y * shape[0]) / height,
      score,
    ])
  })
  return { ...run, keypoints: { shape: [count, kinds, 3], data: data.flat(2) } }
}
