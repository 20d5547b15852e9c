import { ConfigError } from '../errors.ts'
import type { Scope } from '../nn/scope.ts'
import { type BodyConfig, bodyOf } from './bodies/bodies.ts'
import type { Features } from './detector.ts'
import { type FpnConfig, fpn } from './necks/fpn.ts'

/** Strides of the maps of `pyramid`: those of the body's stages that it stands on, and twice the last; 4 to 64 for P2 to P6. */
export function pyramidStrides(config: BodyConfig): number[] {
  const { strides } = bodyOf(config)
  const own = pyramidStages(config).map((stage) => strides[stage])
  return [...own, 2 * own[own.length - 1]]
}

/** A body with a feature pyramid, under torchvision's names; the coarsest map only proposes. */
export function pyramid(scope: Scope, config: BodyConfig, neck: FpnConfig): Features {
  const body = bodyOf(config)
  const taken = pyramidStages(config)
  const bodyScope = scope.child('body')
  const layers = Array.from({ length: taken[taken.length - 1] + 1 }, (_, i) => body.stage(bodyScope, i))
  const toLevels = fpn(
    scope.child('fpn'),
    taken.map((stage) => body.channels[stage]),
    neck,
  )
  return (images) => {
    let map = images
    const outputs = layers.map((layer, i) => {
      map = layer(map)
      return { value: map, stride: body.strides[i], channels: body.channels[i] }
    })
    const stages = taken.map((stage) => outputs[stage])
    const all = toLevels(stages)
    for (const [i, { value }] of stages.entries()) scope.tap(`body.${i}`, value)
    for (const [i, { value }] of all.entries())
      scope.tap(i < all.length - 1 ? `features.${i}` : 'features.pool', value)
    const pooled = all.slice(0, -1)
    // Of maps of one stride the first is pooled from: regions are told apart by size alone.
    return { all, pooled: pooled.filter(({ stride }, i) => i === 0 || stride !== pooled[i - 1].stride) }
  }
}

/** The stages of the body that the pyramid stands on. Throws `ConfigError` for stages that it has not, or out of order. */
function pyramidStages(config: BodyConfig): readonly number[] {
  const body = bodyOf(config)
  const stages = config.stages ?? body.pyramidStages
  const isRising = stages.every((stage, i) => stage > (stages[i - 1] ?? -1))
  if (stages.length > 0 && isRising && stages.every((stage) => stage in body.channels)) return stages
  throw new ConfigError('a pyramid stands on stages of its backbone', {
    where: 'backbone.stages',
    expected: `some of 0 to ${body.channels.length - 1}, rising`,
    got: stages.join(', ') || 'none',
  })
}
