import type { Golden } from '../goldens.ts'
import { recordedMagnitude, recordedOutput } from './recorded-output.ts'

/**
 * What the reference suggests for values of complete models: ten times its own noise (`f32_vs_f64`), at least 1e-5 of the
 * largest number. Whole numbers and bytes are exact.
 */
export function noiseTolerance(golden: Golden, name: string): number {
  const recorded = recordedOutput(golden, name)!
  if (!recorded.values.dtype.startsWith('float')) return 0
  const { f32_vs_f64: all } = golden.case
  const arrays = all.arrays ?? all
  const noise = arrays[name] ?? arrays[`${name}.sample`]
  return Math.max(10 * (noise?.max_abs_diff ?? 0), 1e-5 * (noise?.max_abs ?? recordedMagnitude(recorded)))
}
