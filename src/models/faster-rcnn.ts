import { type Detector, detector } from './detector.ts'
import { refined, refinedDraws } from './finders/refined.ts'
import { PYRAMID_STRIDES, pyramid } from './pyramid.ts'
import type { FasterRcnnConfig } from './two-stage-config.ts'

/** Faster R-CNN on a feature pyramid (Ren et al. 2015, Lin et al. 2017), numbers and names as torchvision's. */
export function fasterRcnn(config: FasterRcnnConfig): Detector {
  const { transform, backbone, fpn } = config
  return detector({
    transform,
    draws: refinedDraws(config, PYRAMID_STRIDES),
    learnsMasks: false,
    parts: (scope) => ({
      features: pyramid(scope.child('backbone'), backbone, fpn),
      finder: refined(scope, fpn.channels, config),
      branches: [],
    }),
  })
}
