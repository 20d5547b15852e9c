/** x1 y1 x2 y2 in absolute pixels; pixel i covers [i, i+1), so the width is x2 - x1. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]
/** x y width height in absolute pixels, the form of COCO files. */
export type XywhBox = readonly [x: number, y: number, width: number, height: number]

export interface Size {
  readonly height: number
  readonly width: number
}

export function xywhToBox([x, y, width, height]: XywhBox): Box {
  return [x, y, x + width, y + height]
}

export function boxToXywh([x1, y1, x2, y2]: Box): XywhBox {
  return [x1, y1, x2 - x1, y2 - y1]
}

/** Area in square pixels; an inverted box has area 0. */
export function boxArea([x1, y1, x2, y2]: Box): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1)
}

/** The box with every corner moved to the nearest point of the image. */
export function clipBox([x1, y1, x2, y2]: Box, { height, width }: Size): Box {
  const clip = (value: number, limit: number) => Math.min(Math.max(value, 0), limit)
  return [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)]
}

/** Intersection over union; 0 where the boxes share no area, also when both are empty. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (!(width > 0 && height > 0)) return 0
  const intersection = width * height
  return intersection / (boxArea(a) + boxArea(b) - intersection)
}

/**
 * Generalised IoU (Rezatofighi et al. 2019): IoU minus the share of the smallest enclosing box that belongs to neither,
 * from -1 (small and far apart) to 1 (equal). 0 where the enclosing box has no area.
 */
export function generalizedBoxIou(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
  const union = boxArea(a) + boxArea(b) - width * height
  const enclosing = boxArea([
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ])
  return enclosing > 0 ? boxIou(a, b) - (enclosing - union) / enclosing : 0
}

/**
 * IoU of every detection with every ground truth, row-major [D, G], rounded operation by operation as
 * COCO's mask API does (which is why the boxes are xywh here: x2 - x1 is not always the width to the last
 * digit). Against a crowd the intersection is divided by the area of the detection alone.
 */
export function boxIouMatrix(
  detections: readonly XywhBox[],
  groundTruths: readonly XywhBox[],
  isCrowd: readonly boolean[],
): Float64Array<ArrayBuffer> {
  const columns = groundTruths.length
  const ious = new Float64Array(detections.length * columns)
  for (let g = 0; g < columns; g++) {
    const [gx, gy, gw, gh] = groundTruths[g]
    const groundTruthArea = gw * gh
    for (let d = 0; d < detections.length; d++) {
      const [x, y, w, h] = detections[d]
      const width = Math.min(w + x, gw + gx) - Math.max(x, gx)
      if (!(width > 0)) continue
      const height = Math.min(h + y, gh + gy) - Math.max(y, gy)
      if (!(height > 0)) continue
      const intersection = width * height
      const area = w * h
      ious[d * columns + g] = intersection / (isCrowd[g] ? area : area + groundTruthArea - intersection)
    }
  }
  return ious
}
