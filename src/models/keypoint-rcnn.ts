import { type Detector, detector } from './detector.ts'
import { refined, refinedDraws } from './finders/refined.ts'
import { keypointBranch } from './heads/keypoint.ts'
import { maskBranch } from './heads/mask.ts'
import { PYRAMID_STRIDES, pyramid } from './pyramid.ts'
import type { KeypointRcnnConfig } from './two-stage-config.ts'

/**
 * Keypoint R-CNN on a feature pyramid (He et al. 2017, section 5), numbers and names as torchvision's; with a mask branch beside
 * the keypoints where the configuration has one.
 */
export function keypointRcnn(config: KeypointRcnnConfig): Detector {
  const { transform, backbone, fpn, mask, keypoint, numClasses } = config
  return detector({
    transform,
    draws: refinedDraws(config, PYRAMID_STRIDES),
    learnsMasks: mask !== undefined,
    parts: (scope) => {
      const heads = scope.child('roi_heads')
      const keypoints = keypointBranch(heads, fpn.channels, keypoint)
      return {
        features: pyramid(scope.child('backbone'), backbone, fpn),
        finder: refined(scope, fpn.channels, config),
        branches: mask ? [maskBranch(heads, fpn.channels, numClasses, mask), keypoints] : [keypoints],
      }
    },
  })
}
