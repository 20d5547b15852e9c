import type { DetectionModel } from './detection-model.ts'
import type { Trainable } from './training-batch.ts'
import type { FasterRcnnConfig } from './two-stage-config.ts'
import { twoStageInference } from './two-stage-inference.ts'
import { twoStageTraining } from './two-stage-training.ts'

/** Faster R-CNN on a feature pyramid (Ren et al. 2015, Lin et al. 2017), numbers and names as torchvision's. */
export function fasterRcnn(config: FasterRcnnConfig): DetectionModel & Trainable {
  return {
    config,
    inference: (scope, image) => twoStageInference(scope, config, image),
    ...twoStageTraining(config),
  }
}
