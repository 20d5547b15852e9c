/** What one recorded array says about ours. */
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { largestError } from './largest-error.ts'
import { recordedNames } from './recorded-output.ts'

export interface Comparison {
  readonly name: string
  /** Largest absolute difference; infinite where the shape differs. */
  readonly error: number
  readonly tolerance: number
}

export interface ParityReport {
  readonly comparisons: readonly Comparison[]
  /** Recorded outputs that the product has nothing to compare with. */
  readonly unsupported?: readonly string[]
}

/** Runs one recorded case; throws `UnsupportedCase` where the product lacks what all of it needs. */
export type ParityCheck = (golden: Golden) => Promise<ParityReport>

/** A case of a known kind that names a model or setting that does not exist here. */
export class UnsupportedCase extends Error {}

export function isWithin({ error, tolerance }: Comparison): boolean {
  return error <= tolerance
}

/** Several reports on one case as one. */
export function joined(reports: readonly ParityReport[]): ParityReport {
  return {
    comparisons: reports.flatMap(({ comparisons }) => comparisons),
    unsupported: reports.flatMap(({ unsupported = [] }) => unsupported),
  }
}

/**
 * Compares every recorded output with ours of the same name (without the `.sample` of one recorded in part); those we
 * lack are unsupported.
 */
export function compareAll(
  golden: Golden,
  ours: Readonly<Record<string, Tensor | undefined>>,
  tolerance: (name: string) => number,
): ParityReport {
  const names = recordedNames(golden)
  return {
    comparisons: names
      .filter((name) => ours[name])
      .map((name) => ({
        name,
        error: largestError(golden, name, ours[name]),
        tolerance: tolerance(name),
      })),
    unsupported: names.filter((name) => !ours[name]),
  }
}
