import { type Detector, detector } from './detector.ts'
import { refined, refinedDraws } from './finders/refined.ts'
import { maskBranch } from './heads/mask.ts'
import { PYRAMID_STRIDES, pyramid } from './pyramid.ts'
import type { MaskRcnnConfig } from './two-stage-config.ts'

/** Mask R-CNN on a feature pyramid (He et al. 2017), numbers and names as torchvision's. */
export function maskRcnn(config: MaskRcnnConfig): Detector {
  const { transform, backbone, fpn, mask, numClasses } = config
  return detector({
    transform,
    draws: refinedDraws(config, PYRAMID_STRIDES),
    learnsMasks: true,
    parts: (scope) => ({
      features: pyramid(scope.child('backbone'), backbone, fpn),
      finder: refined(scope, fpn.channels, config),
      branches: [maskBranch(scope.child('roi_heads'), fpn.channels, numClasses, mask)],
    }),
  })
}
