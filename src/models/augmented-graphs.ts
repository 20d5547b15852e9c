/** The two halves of a model at work, for images that are looked at several times: what is found, and what more is said of it. */
import { WeightError } from '../errors.ts'
import { graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { input, presentValues, type Value } from '../graph/value.ts'
import { fromTensors, rootScope } from '../nn/scope.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import { encodeModel } from '../onnx/encode.ts'
import { buildModel, type ModelConfig } from './catalogue.ts'
import { withRoomFor } from './detection-limits.ts'
import { decodeModelFile } from './model-file.ts'

export interface AugmentedGraphs {
  /** `image` uint8 `[H, W, 3]` and `scale` float32 `[1]` in; `boxes`, `scores`, `labels` and floors of limits out. */
  readonly finding: Uint8Array
  /** The same with `boxes`, `scores` and `labels` in; what branches say of them out. Undefined for models without branches. */
  readonly telling?: Uint8Array
  /** IoU above which a box of the same class is taken for the same object. */
  readonly nmsThreshold: number
}

/** Both graphs of a model file, with room for `max`. Throws `WeightError` for an exported file: it is one graph, and stays so. */
export function augmentedGraphs(bytes: Uint8Array, where: string, max?: number): AugmentedGraphs {
  if (isOnnxFile(bytes)) {
    throw new WeightError('an exported file looks at an image once', {
      where,
      hint: 'Give the model file that it was exported from, or leave out tta',
    })
  }
  const { metadata, weights } = decodeModelFile(bytes, where)
  const architecture = withRoomFor(metadata.architecture, max)
  const model = buildModel(architecture)
  const scope = () => rootScope(fromTensors(weights), 'running')
  const image = input('image', 'uint8', ['H', 'W', 3])
  const scale = input('scale', 'float32', [1])
  const rois = {
    boxes: input('boxes', 'float32', ['D', 4]),
    scores: input('scores', 'float32', ['D']),
    labels: input('labels', 'int64', ['D']),
  }
  const found = presentValues({ ...model.boxesAt(scope(), image, scale) })
  const told = presentValues({ ...model.branchesAt(scope(), image, scale, rois) })
  const encoded = (values: Record<string, Value>, inputs: readonly Value[]) =>
    encodeModel(toOnnx(graph(values, inputs)))
  return {
    finding: encoded(found, [image, scale]),
    ...(Object.keys(told).length > 0 && {
      telling: encoded(told, [image, scale, ...Object.values(rois)]),
    }),
    nmsThreshold: nmsThresholdOf(architecture),
  }
}

function nmsThresholdOf(config: ModelConfig): number {
  if ('box' in config) return config.box.nmsThreshold
  return 'retina' in config ? config.retina.nmsThreshold : config.fcos.nmsThreshold
}
