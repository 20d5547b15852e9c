import type { DetectionModel } from './detection-model.ts'
import type { Trainable } from './training-batch.ts'
import type { MaskRcnnConfig } from './two-stage-config.ts'
import { twoStageInference } from './two-stage-inference.ts'
import { twoStageTraining } from './two-stage-training.ts'

/** Mask R-CNN on a feature pyramid (He et al. 2017), numbers and names as torchvision's. */
export function maskRcnn(config: MaskRcnnConfig): DetectionModel & Trainable {
  return {
    config,
    inference: (scope, image) => twoStageInference(scope, config, image),
    ...twoStageTraining(config),
  }
}
