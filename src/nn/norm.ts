import { ConfigError } from '../errors.ts'
import { at } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import { conv } from '../ops/conv.ts'
import { add, cast, div, maximum, mul, sqrt, sub } from '../ops/elementwise.ts'
import { reshape, type Size, sizeMul, sizeOf, sizes } from '../ops/layout.ts'
import { reduceMean } from '../ops/reduce.ts'
import { type ConvLayerOptions, convBias, convWeight, type Layer } from './conv.ts'
import { ONES, ZEROS } from './init.ts'
import type { Scope } from './scope.ts'

/**
 * `frozenBatchNorm`: fixed statistics, nothing trained. `batchNorm`: in training statistics of the batch, running
 * statistics kept as updates; at work those (the scope says which). `groupNorm`: statistics of each image, so it does not depend on the batch.
 */
export type NormKind = 'frozenBatchNorm' | 'batchNorm' | 'groupNorm'

export interface NormConfig {
  readonly kind: NormKind
  /** Added to the variance. */
  readonly epsilon: number
  /** Of `groupNorm`. */
  readonly groups?: number
}

export const FROZEN_BATCH_NORM: NormConfig = { kind: 'frozenBatchNorm', epsilon: 1e-5 }
export const BATCH_NORM: NormConfig = { kind: 'batchNorm', epsilon: 1e-5 }

/** Weight of the newest batch in the running statistics. */
const MOMENTUM = 0.1

/** Per-channel `x * scale + shift` with fixed statistics. */
export interface ChannelAffine {
  /** `[C]`. */
  readonly scale: Value<'float32'>
  readonly shift: Value<'float32'>
}

/** Scale `weight / sqrt(var + epsilon)` and shift `bias - mean * scale`, all buffers `[channels]`. */
function frozenAffine(scope: Scope, channels: number, epsilon: number): ChannelAffine {
  const read = (name: string, init: typeof ONES) => scope.buffer(name, [channels], init)
  const [weight, bias] = [read('weight', ONES), read('bias', ZEROS)]
  const [mean, variance] = [read('running_mean', ZEROS), read('running_var', ONES)]
  return at(scope.path, () => {
    const scale = div(weight, sqrt(add(variance, epsilon)))
    return { scale, shift: sub(bias, mul(mean, scale)) }
  })
}

/** Frozen batch norm on its own: x `[N, C, H, W]` -> the same shape. After a convolution `convNorm` is cheaper. */
export function frozenBatchNorm(scope: Scope, channels: number, epsilon: number): Layer {
  const { scale, shift } = frozenAffine(scope, channels, epsilon)
  return (x) => at(scope.path, () => add(mul(x, perChannel(scale, channels)), perChannel(shift, channels)))
}

/**
 * Batch norm in training: normalises by mean and biased variance over N, H and W; the running variance is unbiased.
 * Calling it records the new running statistics with `scope.update`.
 */
export function batchNorm(scope: Scope, channels: number, epsilon: number): Layer {
  const weight = scope.param('weight', [channels], ONES, 'norm')
  const bias = scope.param('bias', [channels], ZEROS, 'norm')
  const runningMean = scope.buffer('running_mean', [channels], ZEROS)
  const runningVariance = scope.buffer('running_var', [channels], ONES)
  return (x) =>
    at(scope.path, () => {
      const mean = reduceMean(x, [0, 2, 3], { keepDims: true })
      const centred = sub(x, mean)
      const variance = reduceMean(mul(centred, centred), [0, 2, 3], { keepDims: true })
      const count = asFloat(sizeMul(sizeOf(x, 0), sizeMul(sizeOf(x, 2), sizeOf(x, 3))))
      // A single value has no spread: its variance of 0 counts, where count / 0 would make it not a number.
      const unbiased = mul(reshape(variance, [channels]), div(count, maximum(sub(count, 1), 1)))
      scope.update('running_mean', blend(runningMean, reshape(mean, [channels])))
      scope.update('running_var', blend(runningVariance, unbiased))
      const scale = div(perChannel(weight, channels), sqrt(add(variance, epsilon)))
      return add(mul(centred, scale), perChannel(bias, channels))
    })
}

/**
 * Group norm (Wu and He 2018): x `[N, C, H, W]`, statistics over each image's group of C / groups channels. Throws
 * `ConfigError` for groups that do not divide the channels.
 */
export function groupNorm(scope: Scope, channels: number, groups: number, epsilon: number): Layer {
  if (channels % groups !== 0) {
    throw new ConfigError('channels cannot be split into groups of one size', {
      where: scope.path,
      expected: `a number of groups that divides ${channels} channels`,
      got: `${groups}`,
      hint: 'Set groups of the norm (32 by default), or other widths of the model',
    })
  }
  const weight = scope.param('weight', [channels], ONES, 'norm')
  const bias = scope.param('bias', [channels], ZEROS, 'norm')
  return (x) =>
    at(scope.path, () => {
      const [images, height, width] = [sizeOf(x, 0), sizeOf(x, 2), sizeOf(x, 3)]
      const grouped = reshape(x, [images, groups, channels / groups, height, width])
      const centred = sub(grouped, meanOf(grouped))
      const variance = meanOf(mul(centred, centred))
      // Of the whole map there is one product and one sum.
      const inGroups = (x: Value<'float32'>) => reshape(x, [1, groups, channels / groups, 1, 1])
      const scale = div(inGroups(weight), sqrt(add(variance, epsilon)))
      return reshape(add(mul(centred, scale), inGroups(bias)), [images, channels, height, width])
    })
}

/** Over the axes of a group, one after the other: a runtime that adds up millions of numbers in a row loses digits. */
function meanOf(grouped: Value<'float32'>): Value<'float32'> {
  return [4, 3, 2].reduce((mean, axis) => reduceMean(mean, [axis], { keepDims: true }), grouped)
}

/** The kind of norm that is computed: a batch norm with its running statistics is a frozen one. */
function kindAt({ statistics }: Scope, { kind }: NormConfig): NormKind {
  return kind === 'batchNorm' && statistics === 'running' ? 'frozenBatchNorm' : kind
}

/** Any of the norms; nothing where `norm` is undefined. */
function normLayer(scope: Scope, channels: number, norm: NormConfig | undefined): Layer {
  if (norm === undefined) return (x) => x
  switch (kindAt(scope, norm)) {
    case 'frozenBatchNorm':
      return frozenBatchNorm(scope, channels, norm.epsilon)
    case 'batchNorm':
      return batchNorm(scope, channels, norm.epsilon)
    case 'groupNorm':
      return groupNorm(scope, channels, norm.groups ?? 32, norm.epsilon)
  }
}

/** Names of a convolution and its norm under one scope, as torchvision has them: `conv1`/`bn1`, `0`/`1`. */
export interface ConvNormOptions extends ConvLayerOptions {
  readonly conv: string
  readonly normName: string
  readonly norm: NormConfig | undefined
  /** At the bottom and right, where that differs from `padding`. */
  readonly paddingAfter?: number
}

/**
 * A convolution and its norm. Frozen batch norm is folded into the weight inside the graph (scaling the weight, not the
 * activation), which costs nothing at inference and little in training. Where there is a norm the bias is left out
 * unless asked for.
 */
export function convNorm(scope: Scope, options: ConvNormOptions): Layer {
  const { norm, out } = options
  const inner = scope.child(options.conv)
  const normScope = scope.child(options.normName)
  const settled = { ...options, bias: options.bias ?? norm === undefined }
  const weight = convWeight(inner, settled)
  const bias = convBias(inner, settled)
  if (norm === undefined || kindAt(normScope, norm) !== 'frozenBatchNorm') {
    const after = normLayer(normScope, out, norm)
    return (x) => after(at(inner.path, () => conv(x, weight, bias, options)))
  }
  const { scale, shift } = frozenAffine(normScope, out, norm.epsilon)
  const folded = at(inner.path, () => ({
    weight: mul(weight, reshape(scale, [out, 1, 1, 1])),
    bias: bias ? add(shift, mul(bias, scale)) : shift,
  }))
  return (x) => at(inner.path, () => conv(x, folded.weight, folded.bias, options))
}

function perChannel(x: Value<'float32'>, channels: number): Value<'float32'> {
  return reshape(x, [1, channels, 1, 1])
}

function blend(old: Value<'float32'>, fresh: Value<'float32'>): Value<'float32'> {
  return add(mul(old, 1 - MOMENTUM), mul(fresh, MOMENTUM))
}

/** A size as a float32 vector of one element. */
function asFloat(size: Size): Value<'float32'> {
  return cast(sizes([size]), 'float32')
}
