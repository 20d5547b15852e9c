import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'

/** An output of a recorded case: all of it, or every s-th element of a large one. */
export interface RecordedOutput {
  readonly name: string
  /** Of the whole. */
  readonly shape: readonly number[]
  readonly values: Tensor
  readonly stride: number
}

const SAMPLE = /\.sample$/

/** By name, without the `.sample` that marks those recorded in part. */
export function recordedOutput(golden: Golden, name: string): RecordedOutput | undefined {
  const { outputs } = golden
  const whole = outputs.get(name)
  if (whole) return { name, shape: whole.shape, values: whole, stride: 1 }
  const values = outputs.get(`${name}.sample`)
  if (!values) return undefined
  const { shape, sample_stride: stride } = golden.case.stats[name]
  return { name, shape, values, stride }
}

/** Names of all of them. */
export function recordedNames({ outputs }: Golden): string[] {
  return [...outputs.keys()].map((key) => key.replace(SAMPLE, ''))
}

/** Largest absolute value that was recorded; at least 0. */
export function recordedMagnitude({ values }: RecordedOutput): number {
  let largest = 0
  for (const value of values.data) largest = Math.max(largest, Math.abs(Number(value)))
  return largest
}
