/** Single layers and functions. */
import { gradients } from '../../src/autodiff/gradients.ts'
import { resizeBilinear } from '../../src/detection/transform.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { batchNorm, frozenBatchNorm, groupNorm } from '../../src/nn/norm.ts'
import { rootScope, type Scope } from '../../src/nn/scope.ts'
import { conv, convTranspose } from '../../src/ops/conv.ts'
import { add, clamp, div, mul, sigmoid } from '../../src/ops/elementwise.ts'
import { reshape, sizeMul, sizeOf, slice, transpose } from '../../src/ops/layout.ts'
import { logSoftmax, softmax } from '../../src/ops/normalize.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import { resize } from '../../src/ops/resize.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { adamwTrajectory, sgdTrajectory } from './optimizer-trajectory.ts'

interface Entry {
  readonly key: string
  readonly op?: string
  readonly [name: string]: unknown
}

/** Weights without a note stand under these names. */
const NORM_NAMES: Readonly<Record<string, string>> = {
  weight: 'gn.w',
  bias: 'gn.b',
  running_mean: 'bn.mean',
  running_var: 'bn.var',
}

export const nnOps: ParityCheck = async (golden) => {
  const entries = golden.case.cases as readonly Entry[]
  const known = inputsOf(golden)
  const scope = rootScope(({ name }) => known(NORM_NAMES[name]))
  const outputs: Record<string, Value> = {}
  for (const entry of entries) Object.assign(outputs, built(entry, golden, known, scope))
  const results: Record<string, Tensor> = await runGraph(
    outputs,
    Object.fromEntries(known.names().map((name) => [name, golden.inputs.get(name) as Tensor])),
  )
  for (const entry of entries) {
    const { seed } = golden.case
    if (entry.op === 'SGD') results[entry.key] = await sgdTrajectory(entry, seed, golden)
    if (entry.op === 'AdamW') results[entry.key] = await adamwTrajectory(entry, seed, golden)
  }
  const largest = (name: string) => {
    const { data } = golden.outputs.get(name) as Tensor<'float32'>
    return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  }
  return compareAll(golden, results, (name) => 2e-6 * Math.max(1, largest(name)))
}

interface RecordedInputs {
  (name: string): Value<'float32'>
  /** Of those asked for. */
  names(): string[]
}

/** Recorded inputs as inputs of the graph; height and width of `x` are symbols. */
function inputsOf(golden: Golden): RecordedInputs {
  const made = new Map<string, Value<'float32'>>()
  const known = (name: string) => {
    const { shape } = golden.inputs.get(name) as Tensor
    const value =
      made.get(name) ?? input(name, 'float32', name === 'x' ? [...shape.slice(0, 2), 'H', 'W'] : shape)
    made.set(name, value)
    return value
  }
  return Object.assign(known, { names: () => [...made.keys()] })
}

function built(entry: Entry, golden: Golden, known: RecordedInputs, scope: Scope): Record<string, Value> {
  const x = known('x')
  const { key, op } = entry
  const number = (name: string) => entry[name] as number | undefined
  const one = (value: Value): Record<string, Value> => ({ [key]: value })
  switch (op) {
    case 'interpolate':
      return interpolated(entry, golden, x)
    case 'max_pool2d':
      return one(
        maxPool(x, {
          kernel: number('kernel')!,
          stride: number('stride'),
          padding: number('padding'),
          ceilMode: entry.ceil_mode === true,
        }),
      )
    case 'conv2d': {
      // Entries that name no weight use the first one, and its bias.
      const weight = known((entry.weight as string | undefined) ?? 'conv.w')
      const biasName = entry.weight ? (entry.bias as string | undefined) : 'conv.b'
      const bias = biasName ? known(biasName) : undefined
      return one(conv(x, weight, bias, entry as object))
    }
    case 'conv_transpose2d':
      return one(
        convTranspose(
          x,
          known(entry.weight as string),
          entry.bias ? known(entry.bias as string) : undefined,
          entry as object,
        ),
      )
    case 'group_norm':
      return one(groupNorm(scope, 8, number('groups')!, number('eps')!)(x))
    case 'frozen_bn':
      return one(frozenBatchNorm(scope, 8, number('eps')!)(x))
    case 'batch_norm train':
      return trainedBatchNorm(entry, known, scope)
    case 'sigmoid':
      return one(sigmoid(mul(x, 4)))
    case 'hardsigmoid':
      return one(hardSigmoid(mul(x, 4)))
    case 'hardswish':
      return one(mul(mul(x, 4), hardSigmoid(mul(x, 4))))
    case 'softmax':
      return one(softmax(mul(x, 4), 1))
    case 'log_softmax':
      return one(logSoftmax(mul(x, 4), 1))
    default:
      return {}
  }
}

function interpolated(entry: Entry, golden: Golden, x: Value<'float32'>): Record<string, Value> {
  const { shape } = golden.outputs.get(entry.key) as Tensor
  const { shape: from } = golden.inputs.get('x') as Tensor
  const scale = entry.scale_factor as number | undefined
  const isExact = scale === undefined || [2, 3].every((axis) => from[axis] * scale === shape[axis])
  // Where the size is cut, PyTorch can go on with the scale that was asked for; our resize takes the one that came out.
  if (!isExact && entry.recompute_scale_factor === false) return {}
  const mode = entry.mode as 'nearest' | 'bilinear' | 'bicubic'
  const channels = slice(x, 1, 0, shape[1])
  const size = { height: shape[2], width: shape[3] }
  const resized =
    mode === 'bilinear' ? resizedChannelsLast(channels, size) : resize(channels, { ...size, mode })
  return { [entry.key]: resized }
}

/** By the resampling that images take on their way in: that one follows PyTorch's coordinates to the last bit. */
function resizedChannelsLast(x: Value<'float32'>, { height, width }: { height: number; width: number }) {
  const [images, channels] = [sizeOf(x, 0), sizeOf(x, 1)]
  const lines = reshape(transpose(x, [2, 3, 0, 1]), [sizeOf(x, 2), sizeOf(x, 3), sizeMul(images, channels)])
  const resized = resizeBilinear(lines, { height, width })
  return transpose(reshape(resized, [height, width, images, channels]), [2, 3, 0, 1])
}

function trainedBatchNorm({ eps }: Entry, known: RecordedInputs, scope: Scope) {
  const x = known('x')
  const out = batchNorm(scope, 8, eps as number)(x)
  const loss = reduceSum(mul(out, known('bn.grad_out')))
  const [gradX, gradW, gradB] = gradients(loss, [x, known('gn.w'), known('gn.b')])
  return {
    'bn_train.out': out,
    'bn_train.running_mean': scope.updates.get('running_mean')!,
    'bn_train.running_var': scope.updates.get('running_var')!,
    'bn_train.grad_x': gradX,
    'bn_train.grad_w': gradW,
    'bn_train.grad_b': gradB,
  }
}

function hardSigmoid(x: Value<'float32'>): Value<'float32'> {
  return div(clamp(add(x, 3), 0, 6), 6)
}
