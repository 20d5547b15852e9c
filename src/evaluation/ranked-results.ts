import type { CocoResult } from '../formats/coco/coco-results.ts'
import type { IouType } from './evaluation-params.ts'

/**
 * Results with the scores they are ranked by: where masks are compared and results have a score of their mask, that one
 * (Huang et al. 2019, Mask Scoring R-CNN); else the score of the class.
 */
export function rankedResults(results: readonly CocoResult[], iouType: IouType): readonly CocoResult[] {
  if (iouType !== 'segm' && iouType !== 'boundary') return results
  if (results.every(({ maskScore }) => maskScore === undefined)) return results
  return results.map((result) => ({ ...result, score: result.maskScore ?? result.score }))
}
