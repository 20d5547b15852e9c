import type { Detector } from './detector.ts'
import { fasterRcnn } from './faster-rcnn.ts'
import { maskRcnn } from './mask-rcnn.ts'
import type { ModelConfig } from './two-stage-config.ts'

/** The model a configuration describes. */
export function buildModel(config: ModelConfig): Detector {
  switch (config.model) {
    case 'faster-rcnn':
      return fasterRcnn(config)
    case 'mask-rcnn':
      return maskRcnn(config)
  }
}
