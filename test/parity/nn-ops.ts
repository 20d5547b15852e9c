/** Single layers and functions. */
import { gradients } from '../../src/autodiff/gradients.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { deformConv } from '../../src/nn/deform-conv.ts'
import { batchNorm, frozenBatchNorm, groupNorm } from '../../src/nn/norm.ts'
import { rootScope, type Scope } from '../../src/nn/scope.ts'
import { type ConvOptions, conv, convTranspose } from '../../src/ops/conv.ts'
import { hardSigmoid, hardSwish, mul, sigmoid } from '../../src/ops/elementwise.ts'
import { scalar } from '../../src/ops/infer.ts'
import { slice } from '../../src/ops/layout.ts'
import { logSoftmax, softmax } from '../../src/ops/normalize.ts'
import { maxPool, type PoolOptions } from '../../src/ops/pool.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import { type ResampleMode, resample } from '../../src/ops/resample.ts'
import { resize, resizeByScale } from '../../src/ops/resize.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { adamwTrajectory, sgdTrajectory, type TrajectoryEntry } from './optimizer-trajectory.ts'
import { recordedMagnitude, recordedNames, recordedOutput } from './recorded-output.ts'

type Floats = Value<'float32'>

/** What `case.json` says about one layer; windows are described as ours are. */
interface Entry extends ConvOptions, Partial<PoolOptions>, TrajectoryEntry {
  readonly op?: string
  readonly input?: string
  readonly mode?: ResampleMode
  readonly scale_factor?: number
  readonly recompute_scale_factor?: boolean
  readonly ceil_mode?: boolean
  /** Names of inputs. */
  readonly weight?: string
  readonly bias?: string
}

/** Weights without a note stand under these names. */
const NORM_NAMES: Readonly<Record<string, string>> = {
  weight: 'gn.w',
  bias: 'gn.b',
  running_mean: 'bn.mean',
  running_var: 'bn.var',
}

export const nnOps: ParityCheck = async (golden) => {
  const recorded = new Set(recordedNames(golden))
  const entries = (golden.case.cases as readonly Entry[]).filter(({ key }) => recorded.has(key))
  const known = inputsOf(golden)
  const outputs: Record<string, Value> = {}
  for (const entry of entries) {
    const scope = rootScope(({ name }) => known(NORM_NAMES[name]), 'batch')
    Object.assign(outputs, built(entry, golden, known, scope))
  }
  const feeds = Object.fromEntries(known.names().map((name) => [name, golden.inputs.get(name) as Tensor]))
  const results: Record<string, Tensor> = await runGraph(outputs, feeds)
  for (const entry of entries) {
    const { seed } = golden.case
    if (entry.op === 'SGD') results[entry.key] = await sgdTrajectory(entry, seed, golden)
    if (entry.op === 'AdamW') results[entry.key] = await adamwTrajectory(entry, seed, golden)
  }
  return compareAll(golden, results, (name) => {
    return 2e-6 * Math.max(1, recordedMagnitude(recordedOutput(golden, name)!))
  })
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
  const channels = x.shape[1] as number
  const { key, op } = entry
  const one = (value: Value): Record<string, Value> => ({ [key]: value })
  switch (op) {
    case 'interpolate':
      return one(interpolated(entry, golden, x))
    case 'max_pool2d':
      return one(maxPool(x, { ...entry, kernel: entry.kernel!, ceilMode: entry.ceil_mode }))
    case 'conv2d':
      // Entries that name no weight use the first one, and its bias.
      return one(
        conv(
          x,
          known(entry.weight ?? 'conv.w'),
          optional(known, entry.weight ? entry.bias : 'conv.b'),
          entry,
        ),
      )
    case 'conv_transpose2d':
      return one(convTranspose(x, known(entry.weight!), optional(known, entry.bias), entry))
    case 'deform_conv2d':
    case 'modulated deform_conv2d':
      return one(deformed(entry, known))
    case 'group_norm':
      return one(groupNorm(scope, channels, entry.groups!, entry.eps!)(x))
    case 'frozen_bn':
      return one(frozenBatchNorm(scope, channels, entry.eps!)(x))
    case 'batch_norm train':
      // Our running statistics have one momentum.
      return entry.momentum === 0.1 ? trainedBatchNorm(entry, known, scope) : {}
    case 'sigmoid':
    case 'hardsigmoid':
    case 'hardswish':
    case 'softmax':
    case 'log_softmax':
      return one(ACTIVATIONS[op](scaledInput(entry, x)))
    default:
      return {}
  }
}

const ACTIVATIONS = {
  sigmoid,
  hardsigmoid: hardSigmoid,
  hardswish: hardSwish,
  softmax: (x: Floats) => softmax(x, 1),
  log_softmax: (x: Floats) => logSoftmax(x, 1),
}

/** What an entry says it took: `x`, or for example `x * 4`. */
function scaledInput({ input: text = 'x' }: Entry, x: Floats): Floats {
  const found = /^x(?: \* ([\d.]+))?$/.exec(text)
  if (!found) throw new UnsupportedCase(`the input ${text}`)
  return found[1] ? mul(x, Number(found[1])) : x
}

function optional(known: RecordedInputs, name: string | undefined): Floats | undefined {
  return name === undefined ? undefined : known(name)
}

function deformed(entry: Entry, known: RecordedInputs): Floats {
  const isModulated = entry.op !== 'deform_conv2d'
  const mask = isModulated ? known('dcn.mask') : undefined
  return deformConv(known('x'), { weight: known('dcn.w'), offset: known('dcn.offset'), mask }, entry)
}

/** Of as many channels as were recorded. */
function interpolated(entry: Entry, golden: Golden, x: Floats): Floats {
  const { shape } = recordedOutput(golden, entry.key)!
  const { mode, scale_factor: scale } = entry
  const maps = slice(x, 1, 0, shape[1])
  if (scale !== undefined && entry.recompute_scale_factor === false) {
    return resizeByScale(maps, { scale, mode: mode! })
  }
  const [, , height, width] = shape
  if (mode === 'nearest') return resize(maps, { height, width, mode })
  return [2, 3].reduce((map, axis) => {
    const [from, size] = [(golden.inputs.get('x') as Tensor).shape[axis], shape[axis]]
    return resample(map, axis, { size, ratio: scalar('float32', from / size), mode: mode! })
  }, maps)
}

function trainedBatchNorm({ eps }: Entry, known: RecordedInputs, scope: Scope) {
  const x = known('x')
  const out = batchNorm(scope, x.shape[1] as number, eps!)(x)
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
