import type { ErrorKind } from './error-breakdown.ts'

/** One case worth looking at. */
export interface WorstCase {
  readonly kind: 'false-positive' | 'missed' | 'poor-match'
  /** Why a false positive is wrong. */
  readonly error?: ErrorKind
  readonly imageId: number
  readonly categoryId: number
  /** Of the detection, where there is one. */
  readonly score?: number
  /** With the object it is matched with; for a false positive with the object it overlaps most, where there is one. */
  readonly iou?: number
  /** Square pixels, of the object where one is concerned, else of the detection. */
  readonly area: number
  readonly resultId?: number
  readonly annotationId?: number
}
