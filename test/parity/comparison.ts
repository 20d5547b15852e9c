/** What one recorded array says about ours. */
import type { Golden } from '../goldens.ts'

export interface Comparison {
  readonly name: string
  /** Largest absolute difference; infinite where the shape differs. */
  readonly error: number
  readonly tolerance: number
}

/** Runs one recorded case; throws `UnsupportedCase` where the product lacks what the case needs. */
export type ParityCheck = (golden: Golden) => Promise<readonly Comparison[]>

/** A case of a known kind that names a model, setting or output that does not exist here. */
export class UnsupportedCase extends Error {}

export function isWithin({ error, tolerance }: Comparison): boolean {
  return error <= tolerance
}
