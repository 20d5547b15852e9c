import type { AnchorConfig } from '../detection/anchors.ts'
import { anchorsPerCell, requireAnchors } from '../detection/anchors.ts'
import { dense } from './finders/dense.ts'
import {
  RETINA_ANCHORS,
  RETINA_DEFAULTS,
  RETINA_SCHEMA,
  type RetinaHeadConfig,
  retina,
} from './heads/retina.ts'
import { cellsOf } from './memory-blocks.ts'
import { type OneStageConfig, oneStageDefinition } from './one-stage.ts'
import { anchors } from './setting-schemas.ts'

export interface RetinaNetConfig extends OneStageConfig {
  readonly model: 'retinanet'
  readonly anchors: AnchorConfig
  readonly retina: RetinaHeadConfig
}

/** RetinaNet (Lin et al. 2017), numbers and names as torchvision's. */
export const RETINANET = oneStageDefinition<'retina', RetinaNetConfig>({
  name: 'retinanet',
  head: 'retina',
  shape: { anchors, retina: RETINA_SCHEMA },
  defaults: { anchors: RETINA_ANCHORS, retina: RETINA_DEFAULTS },
  finds: () => ['box'],
  finder(config, { channels, strides }) {
    requireAnchors(config.anchors, strides)
    return (scope) => dense(retina(scope.child('head'), channels, config), config.retina)
  },
  branches: () => [],
  blocks({ anchors, transform, numClasses }, { strides, channels, channelsFrom }) {
    const [perCell] = anchorsPerCell(anchors)
    return [
      {
        settings: ['transform.resize', 'anchors', 'numClasses'],
        what: 'scores of all anchors in every class',
        numbers: cellsOf(transform, strides) * perCell * numClasses,
      },
      {
        settings: [channelsFrom, 'anchors', 'numClasses'],
        what: 'weights of all anchors in every class',
        numbers: channels * 3 ** 2 * perCell * numClasses,
      },
    ]
  },
})
