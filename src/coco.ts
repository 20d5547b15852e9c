/** `maskwright/coco`: masks, COCO files and COCO's metrics alone, without a runtime. */
export {
  type Annotation,
  annotationsOf,
  annotationToRle,
  type Category,
  type Dataset,
  type DatasetImage,
  type LabelMap,
  labelMap,
  type Segmentation,
} from './data/dataset.ts'
export { ConfigError, DataError, MaskwrightError, ShapeError } from './errors.ts'
export { boundaryIouMatrix, maskBoundary } from './evaluation/boundary.ts'
export type { Calibration, CalibrationBin } from './evaluation/calibration.ts'
export type { CategoryRow, Figures } from './evaluation/category-table.ts'
export {
  type CocoEvaluation,
  type CocoEvaluationInput,
  evaluateCoco,
} from './evaluation/coco-metric.ts'
export type { ConfusionMatrix } from './evaluation/confusion.ts'
export { ERROR_KINDS, type ErrorKind } from './evaluation/detection-errors.ts'
export type { ErrorBreakdown, ErrorShare } from './evaluation/error-breakdown.ts'
export {
  type AreaRange,
  defaultParams,
  type EvaluationParams,
  type IouType,
} from './evaluation/evaluation-params.ts'
export {
  evaluateInstances,
  type InstanceEvaluation,
  type InstanceScore,
} from './evaluation/instance-f1.ts'
export type { OperatingPoint, OperatingPoints } from './evaluation/operating-points.ts'
export type { PrecisionRecallCurve, PrecisionRecallCurves } from './evaluation/precision-recall.ts'
export {
  type EvaluationReport,
  type EvaluationReportInput,
  evaluationReport,
  type ReportCounts,
} from './evaluation/report.ts'
export type { CocoStats, KeypointStats } from './evaluation/summarize.ts'
export {
  type ClearMetrics,
  clearMetrics,
  type IdentityMetrics,
  identityMetrics,
  type TrackedFrame,
} from './evaluation/track-metrics.ts'
export type { WorstCase } from './evaluation/worst-cases.ts'
export { type CocoOptions, parseCoco } from './formats/coco/coco.ts'
export { type CocoResult, parseCocoResults } from './formats/coco/coco-results.ts'
export { type OpenChunks, readCoco } from './formats/coco/coco-stream.ts'
export { cocoText } from './formats/coco/coco-writer.ts'
export {
  type Box,
  boxArea,
  boxIou,
  boxIouMatrix,
  boxToXywh,
  clipBox,
  generalizedBoxIou,
  type Size,
  type XywhBox,
  xywhToBox,
} from './geometry/boxes.ts'
export { type MaskPolygon, maskToPolygons } from './geometry/contour.ts'
export { boxToRle, type Polygon, polygonsToRle, polygonToRle, signedArea } from './geometry/polygon.ts'
export {
  type CompressedRle,
  checkRle,
  compressRle,
  decodeCounts,
  decodeRle,
  decompressRle,
  encodeCounts,
  encodeRle,
  type Rle,
  rleArea,
  rleToBox,
} from './geometry/rle.ts'
export { cropRle } from './geometry/rle-crop.ts'
export { flipRle, turnRle } from './geometry/rle-flip.ts'
export { rleIouMatrix } from './geometry/rle-iou.ts'
export { complementRle, mergeRles, subtractRle } from './geometry/rle-merge.ts'
export { resizeRle } from './geometry/rle-resize.ts'
