import { at } from '../graph/path.ts'
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
export function linear(scope: Scope, { in: inner, out, init, biasInit }: LinearOptions): Layer {
  const weight = scope.param('weight', [out, inner], init ?? DEFAULT_WEIGHT, 'weight')
  const bias = scope.param('bias', [out], biasInit ?? defaultBias([out, inner]), 'bias')
  return (x) => at(scope.path, () => gemm(x, weight, { c: bias, transB: true }))
}
