/** Settings of every head that finds in one stage: what is selected of what it says. */
import { z } from 'zod'
import type { DenseSelection } from '../../detection/select-dense.ts'
import type { MemoryBlock } from '../memory-blocks.ts'
import { MOST } from '../setting-limits.ts'
import { proposals, share, suppression, upTo } from '../setting-schemas.ts'

export interface DenseConfig extends DenseSelection {
  /** Whether boxes are cut to the image before they suppress each other (torchvision) or only at the very end (CenterMask). */
  readonly clips: boolean
}

/** What is held of the candidates of so many maps while they suppress each other; `member` is the settings' name in the model. */
export function candidateBlock(
  member: string,
  { candidates }: Pick<DenseConfig, 'candidates'>,
  levels: number,
  numClasses: number,
): MemoryBlock {
  return {
    settings: [`${member}.candidates`, 'numClasses'],
    what: 'scores of all candidates in every class',
    numbers: levels * candidates * numClasses,
  }
}

/** Limits that training and work have each for itself. */
export const DENSE_LIMITS_SHAPE = {
  scoreThreshold: share,
  candidates: proposals,
  maxDetections: upTo(MOST.detections),
}

export const DENSE_SHAPE = {
  ...DENSE_LIMITS_SHAPE,
  nmsThreshold: share,
  suppression: suppression.optional(),
  clips: z.boolean(),
}
