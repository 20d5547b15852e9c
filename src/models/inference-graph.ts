import { type Graph, graph } from '../graph/graph.ts'
import { type ToOnnxOptions, toOnnx } from '../graph/to-onnx.ts'
import { input, presentValues } from '../graph/value.ts'
import { fromTensors, rootScope } from '../nn/scope.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DetectionModel } from './detector.ts'
import { LEAST_SCORE } from './least-score.ts'

/**
 * The graph of a model at work: `image` uint8 `[H, W, 3]` RGB of any size in; `boxes`, `scores`, `labels` and what its finder and
 * branches add (`masks`, `maskScores`, `heatmaps` with `networkBoxes` and `networkSize`, `proposalFloor`, ...) out (see `ImageDetections`). Throws
 * `WeightError` where weights are missing or do not fit.
 */
export function inferenceGraph(
  model: DetectionModel,
  weights: ReadonlyMap<string, Tensor>,
  { asksLeastScore = false }: InferenceGraphOptions = {},
): Graph {
  const image = input('image', 'uint8', ['H', 'W', 3])
  const asked = asksLeastScore ? [input(LEAST_SCORE, 'float32', [])] : []
  const detections = model.inference(rootScope(fromTensors(weights), 'running'), image, ...asked)
  return graph(presentValues({ ...detections }), [image, ...asked])
}

export interface InferenceGraphOptions {
  /**
   * Whether it has a second input, `LEAST_SCORE`: what scores less is not looked at any further, so that masks are computed of
   * what is wanted alone. Default false.
   */
  readonly asksLeastScore?: boolean
}

/** The same as the bytes of an ONNX file. */
export function inferenceModel(
  model: DetectionModel,
  weights: ReadonlyMap<string, Tensor>,
  options: ToOnnxOptions & InferenceGraphOptions = {},
): Uint8Array {
  return encodeModel(toOnnx(inferenceGraph(model, weights, options), options))
}
