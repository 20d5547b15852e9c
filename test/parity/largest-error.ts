import { type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'

/**
 * Largest absolute difference to the output `name` of a recorded case, infinite where the shape differs. Large
 * outputs are recorded as every s-th element.
 */
export function largestError(
  { outputs, ...golden }: Golden,
  name: string,
  actual: Tensor | undefined,
): number {
  const sample = outputs.get(`${name}.sample`)
  const expected = sample ?? outputs.get(name)
  if (!expected || !actual) throw new Error(`nothing to compare for ${name}`)
  const { shape, sample_stride: stride } = sample
    ? golden.case.stats[name]
    : { ...expected, sample_stride: 1 }
  if (`${actual.shape}` !== `${shape}`) return Number.POSITIVE_INFINITY
  const numbers = toNumbers(actual)
  const errors = toNumbers(expected).map((value, i) => {
    const error = Math.abs(value - numbers[i * stride])
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  })
  return errors.reduce((a, b) => Math.max(a, b), 0)
}
