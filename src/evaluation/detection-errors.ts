import type { ImageMatches } from './image-matches.ts'

/** Why a detection is wrong, and the last: an object that no detection comes near. */
export const ERROR_KINDS = [
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
  'missed',
] as const
export type ErrorKind = (typeof ERROR_KINDS)[number]

export interface DetectionErrors {
  /** [D] Undefined where a detection found an object that counts. */
  readonly kinds: readonly (ErrorKind | undefined)[]
  /** [D] The object a corrected detection would find, -1 where correcting means leaving it out. */
  readonly targets: Int32Array
  /** [G] 1 where an object counts and is neither found nor in reach of a correction. */
  readonly missed: Uint8Array
}

/**
 * TIDE's kinds of error (Bolya et al. 2020, section 2.2), in the order in which its reference implementation asks:
 * localisation: the best object of the same category overlaps from `backgroundThreshold` to `iouThreshold`; classification: one
 * of another category by at least `iouThreshold`; duplicate: the same category and found already; background: nothing
 * beyond `backgroundThreshold`; both: the rest. Of corrections of one object only the best score's counts.
 * Detections on crowds have a kind too: a better box would have made them right.
 */
export function detectionErrors(
  image: ImageMatches,
  iouThreshold: number,
  backgroundThreshold: number,
): DetectionErrors {
  const { detections, groundTruths, found, ignored, foundBy } = image
  const D = detections.ids.length
  const kinds = new Array<ErrorKind | undefined>(D)
  const targets = new Int32Array(D).fill(-1)
  const inReach = new Set<number>()
  for (let d = 0; d < D; d++) {
    if (found[d] >= 0 && !ignored[d]) continue
    const { kind, object } = judge(image, d, iouThreshold, backgroundThreshold)
    kinds[d] = kind
    if (object < 0 || foundBy[object] >= 0 || inReach.has(object)) continue
    inReach.add(object)
    targets[d] = object
  }
  const missed = Uint8Array.from(groundTruths.ids, (_, g) =>
    groundTruths.ignore[g] || foundBy[g] >= 0 || inReach.has(g) ? 0 : 1,
  )
  return { kinds, targets, missed }
}

/** Kind of error of a detection, and the object it is about, -1 for none. */
function judge(
  { detections, groundTruths, foundBy, start, groundTruth, iou }: ImageMatches,
  d: number,
  iouThreshold: number,
  backgroundThreshold: number,
): { readonly kind: ErrorKind; readonly object: number } {
  const same = { iou: 0, object: -1 }
  const other = { iou: 0, object: -1 }
  let duplicate = 0
  for (let i = start[d]; i < start[d + 1]; i++) {
    const g = groundTruth[i]
    if (groundTruths.ignore[g]) continue
    const isSame = groundTruths.categories[g] === detections.categories[d]
    const best = isSame ? same : other
    if (iou[i] > best.iou) {
      best.iou = iou[i]
      best.object = g
    }
    if (isSame && foundBy[g] >= 0) duplicate = Math.max(duplicate, iou[i])
  }
  if (same.iou >= backgroundThreshold && same.iou <= iouThreshold) {
    return { kind: 'localisation', object: same.object }
  }
  if (other.iou >= iouThreshold) return { kind: 'classification', object: other.object }
  if (duplicate >= iouThreshold) return { kind: 'duplicate', object: -1 }
  const isBackground = Math.max(same.iou, other.iou) <= backgroundThreshold
  return { kind: isBackground ? 'background' : 'both', object: -1 }
}
