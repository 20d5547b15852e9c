import { WeightError } from '../errors.ts'
import { isFloat } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Exponent bits of a half float: all set in infinity and in what is no number. */
const HALF_EXPONENT = 0x7c00

/**
 * Throws `WeightError` naming the first tensor with an element that is infinite or no number. A network with such a weight
 * finds nothing, or anything, without an error.
 */
export function requireFinite(tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, source] of tensors) {
    const at = firstNotFinite(source)
    if (at < 0) continue
    const { dtype, data } = source
    const value = dtype === 'float16' ? halfText(Number(data[at])) : `${data[at]}`
    throw new WeightError('weights are damaged', {
      where: name,
      expected: 'finite numbers',
      got: `${value} at element ${at}`,
      hint: 'Copy or download the file again; if a training wrote it, it diverged: take an earlier checkpoint',
    })
  }
}

/** -1 where all are finite. */
function firstNotFinite({ dtype, data }: Tensor): number {
  if (!isFloat(dtype)) return -1
  const values = data as Float32Array | Float64Array | Uint16Array
  if (dtype === 'float16') {
    for (let i = 0; i < values.length; i++) if ((values[i] & HALF_EXPONENT) === HALF_EXPONENT) return i
  } else {
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i
  }
  return -1
}

function halfText(bits: number): string {
  return bits & 0x3ff ? 'NaN' : bits & 0x8000 ? '-Infinity' : 'Infinity'
}
