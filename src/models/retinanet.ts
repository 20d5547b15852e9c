import type { AnchorConfig } from '../detection/anchors.ts'
import { anchorCounts, requireAnchors } from '../detection/anchors.ts'
import { dense } from './finders/dense.ts'
import {
  RETINA_ANCHORS,
  RETINA_DEFAULTS,
  RETINA_SCHEMA,
  type RetinaHeadConfig,
  retina,
} from './heads/retina.ts'
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
  blocks({ anchors, transform: { resize }, numClasses }, { strides }) {
    const counts = resize.kind === 'fixed' ? anchorCounts(anchors, strides, resize) : []
    return [
      {
        settings: ['transform.resize', 'anchors', 'numClasses'],
        what: 'scores of all anchors in every class',
        numbers: counts.reduce((sum, count) => sum + count, 0) * numClasses,
      },
    ]
  },
})
