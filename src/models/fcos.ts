import { anchorCounts } from '../detection/anchors.ts'
import { levelRanges } from '../detection/fcos-targets.ts'
import { dense } from './finders/dense.ts'
import { FCOS_DEFAULTS, FCOS_SCHEMA, type FcosHeadConfig, fcos } from './heads/fcos.ts'
import type { MemoryBlock } from './memory-blocks.ts'
import { type OneStageConfig, oneStageDefinition } from './one-stage.ts'

export interface FcosConfig extends OneStageConfig {
  readonly model: 'fcos'
  readonly fcos: FcosHeadConfig
}

/** FCOS (Tian et al. 2019), numbers and names as torchvision's. */
export const FCOS = oneStageDefinition<'fcos', FcosConfig>({
  name: 'fcos',
  head: 'fcos',
  shape: { fcos: FCOS_SCHEMA },
  defaults: { fcos: FCOS_DEFAULTS },
  finds: () => ['box'],
  finder(config, { channels, strides }) {
    const ranges = levelRanges(strides, config.fcos.targets)
    return (scope) => dense(fcos(scope.child('head'), channels, ranges, config), config.fcos)
  },
  branches: () => [],
  blocks: (config, { strides }) => fcosBlocks(config, strides),
})

/** What the head says of images of a fixed size; of others nothing is known before they come. */
export function fcosBlocks(
  { transform: { resize }, numClasses }: OneStageConfig,
  strides: readonly number[],
): MemoryBlock[] {
  const one = { sizes: strides.map(() => [1]), aspectRatios: strides.map(() => [1]) }
  const counts = resize.kind === 'fixed' ? anchorCounts(one, strides, resize) : []
  return [
    {
      settings: ['transform.resize', 'numClasses'],
      what: 'scores of all places in every class',
      numbers: counts.reduce((sum, count) => sum + count, 0) * numClasses,
    },
  ]
}
