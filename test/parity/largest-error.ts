import { type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { numbersError } from './numbers-error.ts'
import { recordedOutput } from './recorded-output.ts'

/** Largest absolute difference to the output `name` of a recorded case, infinite where the shape differs. */
export function largestError(golden: Golden, name: string, actual: Tensor | undefined): number {
  const recorded = recordedOutput(golden, name)
  if (!recorded || !actual) throw new Error(`nothing to compare for ${name}`)
  const { shape, values, stride } = recorded
  if (`${actual.shape}` !== `${shape}`) return Number.POSITIVE_INFINITY
  const numbers = toNumbers(actual)
  return numbersError(
    toNumbers(values),
    Array.from({ length: values.data.length }, (_, i) => numbers[i * stride]),
  )
}
