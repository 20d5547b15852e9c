import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { FloatDtype } from '../tensor/dtype.ts'
import { windowCount } from './conv.ts'
import { emitOne, need, requireRank } from './infer.ts'

export interface PoolAttributes {
  readonly kernelShape: readonly number[]
  readonly strides: readonly number[]
  readonly pads: readonly number[]
  readonly ceilMode: number
  readonly [name: string]: number | readonly number[] | undefined
}

export interface AveragePoolAttributes extends PoolAttributes {
  readonly countIncludePad: number
}

function poolOp<A extends PoolAttributes>(name: string) {
  return defineOp<A>({
    name,
    infer(inputs, { kernelShape, strides, pads, ceilMode }) {
      const x = need(inputs, 0)
      requireRank(x, 4, 'input')
      const spatial = [0, 1].map((i) =>
        windowCount(x.shape[i + 2], kernelShape[i], strides[i], 1, pads[i], pads[i + 2], ceilMode === 1),
      )
      return [{ dtype: x.dtype, shape: [x.shape[0], x.shape[1], ...spatial] }]
    },
  })
}

/** x `[N, C, H, W]` -> `[N, C, Ho, Wo]`; padding never wins. */
export const MaxPool = poolOp<PoolAttributes>('MaxPool')
export const AveragePool = poolOp<AveragePoolAttributes>('AveragePool')

export interface PoolOptions {
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
  readonly ceilMode?: boolean
}

export function maxPool<D extends FloatDtype>(x: Value<D>, options: PoolOptions): Value<D> {
  return emitOne(MaxPool, [x], poolAttributes(options))
}

export function averagePool<D extends FloatDtype>(x: Value<D>, options: PoolOptions): Value<D> {
  return emitOne(AveragePool, [x], { ...poolAttributes(options), countIncludePad: 1 })
}

function poolAttributes({
  kernel,
  stride = kernel,
  padding = 0,
  ceilMode = false,
}: PoolOptions): PoolAttributes {
  return {
    kernelShape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    ceilMode: Number(ceilMode),
  }
}
