import type { Scope } from '../nn/scope.ts'
import { type ResNetConfig, resnet, resnetChannels } from './bodies/resnet.ts'
import type { Features } from './detector.ts'
import { type FpnConfig, fpn } from './necks/fpn.ts'

/** Strides of the maps of `pyramid`, P2 to P6. */
export const PYRAMID_STRIDES: readonly number[] = [4, 8, 16, 32, 64]

/** A residual body with a feature pyramid, under torchvision's names; P6 only proposes. */
export function pyramid(scope: Scope, body: ResNetConfig, neck: FpnConfig): Features {
  const toStages = resnet(scope.child('body'), body)
  const toLevels = fpn(scope.child('fpn'), resnetChannels(body), neck)
  return (images) => {
    const stages = toStages(images)
    const all = toLevels(stages)
    for (const [i, { value }] of stages.entries()) scope.tap(`body.${i}`, value)
    for (const [i, { value }] of all.entries())
      scope.tap(i < all.length - 1 ? `features.${i}` : 'features.pool', value)
    return { all, pooled: all.slice(0, -1) }
  }
}
