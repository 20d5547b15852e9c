import { levelRanges } from '../detection/fcos-targets.ts'
import { dense } from './finders/dense.ts'
import { FCOS_DEFAULTS, FCOS_SCHEMA, type FcosHeadConfig, fcos } from './heads/fcos.ts'
import { cellsOf, type MemoryBlock } from './memory-blocks.ts'
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

/** What the head says of images. */
export function fcosBlocks(
  { transform, numClasses }: OneStageConfig,
  strides: readonly number[],
): MemoryBlock[] {
  return [
    {
      settings: ['transform.resize', 'numClasses'],
      what: 'scores of all places in every class',
      numbers: cellsOf(transform, strides) * numClasses,
    },
  ]
}
