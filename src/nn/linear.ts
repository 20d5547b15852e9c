import { at } from '../graph/path.ts'
import { isFixed, type Value } from '../graph/value.ts'
import { reshape, sizeOf, transpose } from '../ops/layout.ts'
import { gemm } from '../ops/linear.ts'
import type { Layer } from './conv.ts'
import { DEFAULT_WEIGHT, defaultBias, type Init } from './init.ts'
import type { Scope } from './scope.ts'

export interface LinearOptions {
  readonly in: number
  readonly out: number
  readonly init?: Init
  readonly biasInit?: Init
}

/** x `[R, in]` -> `[R, out]`; weight `[out, in]`. */
export function linear(scope: Scope, options: LinearOptions): Layer {
  const { weight, bias } = linearWeights(scope, options)
  return (x) => at(scope.path, () => gemm(x, weight, { c: bias, transB: true }))
}

export interface MapLinearOptions extends Omit<LinearOptions, 'in'> {
  readonly channels: number
  readonly side: number
}

/**
 * The same of whole maps, `[R, channels, side, side]` -> `[R, out]`; weight `[out, channels * side * side]`. A fixed weight is turned,
 * so that channels come last as they lie in pooled regions and come out of blocks: then no map is turned at work.
 */
export function mapLinear(scope: Scope, { channels, side, ...options }: MapLinearOptions): Layer {
  const inner = channels * side * side
  const { out } = options
  const { weight, bias } = linearWeights(scope, { ...options, in: inner })
  const flat = (map: Value<'float32'>) => reshape(map, [sizeOf(map, 0), inner])
  const turned = (map: Value<'float32'>) => flat(transpose(map, [0, 2, 3, 1]))
  return (x) =>
    at(scope.path, () => {
      if (!isFixed(weight)) return gemm(flat(x), weight, { c: bias, transB: true })
      return gemm(turned(x), turned(reshape(weight, [out, channels, side, side])), { c: bias, transB: true })
    })
}

function linearWeights(scope: Scope, { in: inner, out, init, biasInit }: LinearOptions) {
  return {
    weight: scope.param('weight', [out, inner], init ?? DEFAULT_WEIGHT, 'weight'),
    bias: scope.param('bias', [out], biasInit ?? defaultBias([out, inner]), 'bias'),
  }
}
