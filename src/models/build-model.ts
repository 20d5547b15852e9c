import type { DetectionModel, ModelConfig } from './detection-model.ts'
import { fasterRcnn } from './faster-rcnn.ts'
import { maskRcnn } from './mask-rcnn.ts'
import type { Trainable } from './training-batch.ts'

/** The model a configuration describes. */
export function buildModel(config: ModelConfig): DetectionModel & Trainable {
  switch (config.model) {
    case 'faster-rcnn':
      return fasterRcnn(config)
    case 'mask-rcnn':
      return maskRcnn(config)
  }
}
