import { at } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import { conv, convTranspose } from '../ops/conv.ts'
import { concat, reshape, type Size, sizeMul, sizeOf, transpose } from '../ops/layout.ts'
import { DEFAULT_WEIGHT, defaultBias, type Init } from './init.ts'
import type { Scope } from './scope.ts'

/** From values to values, with its weights inside. */
export type Layer = (x: Value<'float32'>) => Value<'float32'>

export interface ConvLayerOptions {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
  readonly dilation?: number
  readonly groups?: number
  /** Whether there is a bias; there is one where not said. */
  readonly bias?: boolean
  readonly init?: Init
  readonly biasInit?: Init
}

/** Weight `[out, in / groups, k, k]` of a convolution, named `weight` under the scope. */
export function convWeight(scope: Scope, options: ConvLayerOptions): Value<'float32'> {
  return scope.param('weight', convShape(options), options.init ?? DEFAULT_WEIGHT, 'weight')
}

/** Bias `[out]`, named `bias`; undefined where the layer has none. */
export function convBias(scope: Scope, options: ConvLayerOptions): Value<'float32'> | undefined {
  if (options.bias === false) return undefined
  return scope.param('bias', [options.out], options.biasInit ?? defaultBias(convShape(options)), 'bias')
}

/** Convolution: x `[N, in, H, W]` -> `[N, out, Ho, Wo]`. */
export function conv2d(scope: Scope, options: ConvLayerOptions): Layer {
  const weight = convWeight(scope, options)
  const bias = convBias(scope, options)
  return (x) => at(scope.path, () => conv(x, weight, bias, options))
}

/** Transposed convolution: x `[N, in, H, W]` -> `[N, out, (H - 1) * stride + kernel, ...]`; weight `[in, out, k, k]`. */
export function convTranspose2d(scope: Scope, options: ConvLayerOptions): Layer {
  const { weight, bias } = convTransposeWeights(scope, options)
  return (x) => at(scope.path, () => convTranspose(x, weight, bias, options))
}

function convTransposeWeights(scope: Scope, options: ConvLayerOptions) {
  const { in: channels, out, kernel, groups = 1 } = options
  const shape = [channels, out / groups, kernel, kernel]
  const weight = scope.param('weight', shape, options.init ?? DEFAULT_WEIGHT, 'weight')
  const bias =
    options.bias === false
      ? undefined
      : scope.param('bias', [out], options.biasInit ?? defaultBias(shape), 'bias')
  return { weight, bias }
}

/**
 * A transposed convolution that steps by its kernel k writes every output once: it is a 1 x 1 convolution with k * k outputs
 * for each of its own, which this leaves side by side, x `[N, in, H, W]` -> `[N, k * k * out, H, W]`, row by row. What
 * works on each output for itself, as activations do, may come before `partsLaidOut`. Names and weights of `convTranspose2d`.
 */
export function convTransposeParts(
  scope: Scope,
  options: Omit<ConvLayerOptions, 'stride' | 'padding' | 'dilation' | 'groups'>,
): Layer {
  const { weight, bias } = convTransposeWeights(scope, options)
  const { in: channels, out, kernel } = options
  const parts = kernel * kernel
  const folded = at(scope.path, () => ({
    weight: reshape(transpose(weight, [2, 3, 1, 0]), [parts * out, channels, 1, 1]),
    bias:
      bias &&
      concat(
        Array.from({ length: parts }, () => bias),
        0,
      ),
  }))
  return (x) => at(scope.path, () => conv(x, folded.weight, folded.bias))
}

/** The parts of cells where they belong: `[N, k * k, C, H * H]` of square maps of side H -> `[N, C, k * H, k * H]`. */
export function partsLaidOut(parts: Value<'float32'>, kernel: number, side: Size): Value<'float32'> {
  const [images, channels] = [sizeOf(parts, 0), sizeOf(parts, 2)]
  const grid = transpose(reshape(parts, [images, kernel, kernel, channels, side, side]), [0, 3, 4, 1, 5, 2])
  const outer = sizeMul(side, kernel)
  return reshape(grid, [images, channels, outer, outer])
}

function convShape({ in: channels, out, kernel, groups = 1 }: ConvLayerOptions): number[] {
  return [out, channels / groups, kernel, kernel]
}
