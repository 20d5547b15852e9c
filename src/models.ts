/** `maskwright/models`: models by configuration, and the parts to wire one of your own. */

export type { RawImage } from './data/picture.ts'
export { type AnchorConfig, PYRAMID_ANCHORS } from './detection/anchors.ts'
export { type FcosConvention, levelRanges } from './detection/fcos-targets.ts'
export { type FeatureMap, type FeatureMaps, featureMap } from './detection/feature-map.ts'
export type { LevelRule } from './detection/level-assignment.ts'
export { maskTargets, type OwnMasks, ownMasks } from './detection/mask-targets.ts'
export { poolRegions, type RoiPoolingConfig, regionFeatures } from './detection/multi-level-roi-align.ts'
export type { DenseLevel, DenseSelection } from './detection/select-dense.ts'
export { DEFAULT_TRANSFORM, type TransformConfig } from './detection/transform.ts'
export type { ResizeRule } from './geometry/fitted-size.ts'
export type { MaskPasting } from './geometry/paste-reach.ts'
export { type Backbone, backboneOf, type RegionShape } from './models/backbone.ts'
export { type BodyConfig, bodyOf } from './models/bodies/bodies.ts'
export type { Body } from './models/bodies/body.ts'
export { type PretrainedOn, pretrainedBodies } from './models/bodies/pretrained.ts'
export { type BodyWeights, bodyWeights } from './models/body-weights.ts'
export { buildModel, MODEL_NAMES, type ModelConfig, type ModelName } from './models/catalogue.ts'
export { CENTERMASK_DEFAULTS, type CenterMaskConfig } from './models/centermask.ts'
export {
  type BranchOutputs,
  type DetectedRois,
  type DetectionModel,
  type DetectorParts,
  type DetectorPlan,
  detector,
  type Features,
  type Finder,
  type FoundBoxes,
  type ImageDetections,
  type Learned,
  type NetworkInput,
  type RoiBranch,
} from './models/detector.ts'
export { type ExportedWeights, exportWeights } from './models/export-weights.ts'
export {
  decodeExportedModel,
  type ExportedFile,
  type ExportedModel,
  type ExportOptions,
  type ExportSettings,
  exportModel,
} from './models/exported-model.ts'
export type { FasterRcnnConfig } from './models/faster-rcnn.ts'
export type { FcosConfig } from './models/fcos.ts'
export { type DenseHead, type DensePredictions, dense } from './models/finders/dense.ts'
export type { DenseConfig } from './models/finders/dense-config.ts'
export {
  DENSE_REGIONS_DEFAULTS,
  type DenseRegionsConfig,
  denseDraws,
  type RegionSampler,
  regionSampler,
} from './models/finders/dense-regions.ts'
export { type RefinedConfig, refined, refinedDraws } from './models/finders/refined.ts'
export { BOX_DEFAULTS, type BoxBranchConfig, type BoxHeadConfig } from './models/heads/box.ts'
export { CENTERMASK_FCOS, FCOS_DEFAULTS, type FcosHeadConfig, fcos } from './models/heads/fcos.ts'
export { KEYPOINT_DEFAULTS, type KeypointBranchConfig, keypointBranch } from './models/heads/keypoint.ts'
export { MASK_DEFAULTS, type MaskBranch, type MaskBranchConfig, maskBranch } from './models/heads/mask.ts'
export {
  MASK_IOU_DEFAULTS,
  type MaskIouHeadConfig,
  maskIouHead,
  scored,
  withMaskIou,
} from './models/heads/mask-iou.ts'
export { RETINA_ANCHORS, RETINA_DEFAULTS, type RetinaHeadConfig, retina } from './models/heads/retina.ts'
export { RPN_DEFAULTS, type RpnConfig } from './models/heads/rpn.ts'
export {
  SPATIAL_ATTENTION_MASK_DEFAULTS,
  type SpatialAttentionMaskConfig,
  spatialAttentionMask,
} from './models/heads/spatial-attention-mask.ts'
export { type ImportedWeights, type ImportOptions, importWeights } from './models/import-weights.ts'
export { inferenceGraph, inferenceModel } from './models/inference-graph.ts'
export type { KeypointRcnnConfig } from './models/keypoint-rcnn.ts'
export { type LikelyArchitecture, likelyArchitectures } from './models/likely-architectures.ts'
export type { MaskRcnnConfig } from './models/mask-rcnn.ts'
export type { MaskScoringRcnnConfig } from './models/mask-scoring-rcnn.ts'
export {
  decodeModelFile,
  decodePretrained,
  encodeModelFile,
  type ModelFile,
  type NewModelFile,
} from './models/model-file.ts'
export type { ModelMetadata } from './models/model-metadata.ts'
export { type ExtraLevels, type FpnConfig, fpn } from './models/necks/fpn.ts'
export { ONE_STAGE_DEFAULTS, type OneStageConfig } from './models/one-stage.ts'
export { PRESETS } from './models/presets.ts'
export type { RetinaNetConfig } from './models/retinanet.ts'
export type { SampledRois } from './models/sampled-rois.ts'
export {
  type BatchSize,
  type Draws,
  drawn,
  type Finding,
  type Losses,
  type ModelLosses,
  type Trainable,
  type TrainingBatch,
} from './models/training-batch.ts'
export { TWO_STAGE_DEFAULTS, type TwoStageConfig, twoStageDetector } from './models/two-stage.ts'
export { type LoadedModel, type Prediction, type PredictOptions, predict } from './predict/predictor.ts'
export { type ByteSource, blobSource, memorySource, type SourceFolder } from './weights/byte-source.ts'
export { type Convention, conventional } from './weights/convention.ts'
export { CONVENTION_NAMES, type ConventionName, conventionFor } from './weights/conventions.ts'
export { compareWeights, type WantedWeight, type WeightDifferences } from './weights/match-weights.ts'
export { centermask2Names } from './weights/names/centermask2.ts'
export { detectron2Backbone } from './weights/names/detectron2-backbone.ts'
export { maskScoringNames } from './weights/names/mask-scoring.ts'
export {
  type OpenWeightsOptions,
  type ReadWeightsOptions,
  readWeights,
  readWeightsFolder,
} from './weights/read-weights.ts'
export { encodeTorch } from './weights/torch/torch-writer.ts'
export type { LazyTensor, PlainValue, WeightsFile, WeightsFormat } from './weights/weights-file.ts'
