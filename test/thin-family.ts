/** A thin model of every kind there is, of random weights that find a few things anywhere. */
import type { ModelConfig } from '../src/models/catalogue.ts'
import type { CenterMaskConfig } from '../src/models/centermask.ts'
import { CENTERMASK_PRESETS } from '../src/models/centermask-presets.ts'
import { decodeModelFile, type ModelFile } from '../src/models/model-file.ts'
import { FROZEN_BATCH_NORM } from '../src/nn/norm.ts'
import {
  randomModelFile,
  thinArchitectures,
  thinCenterMask,
  thinCenterMaskFile,
  thinKeypointModelFile,
  thinModelFile,
} from './thin-model.ts'

/** By name: every architecture, and variants whose graphs are of other parts. */
export function thinFamily(): ReadonlyMap<string, ModelFile> {
  const files: [string, Uint8Array][] = [
    ['mask-rcnn', thinModelFile()],
    ['centermask-lite', thinCenterMaskFile()],
    ['centermask', thinCenterMaskFile(thinFullCenterMask())],
    ['keypoint-rcnn', thinKeypointModelFile({ masks: true })],
    ...thinArchitectures().map((architecture): [string, Uint8Array] => [
      architecture.model,
      randomModelFile(architecture),
    ]),
  ]
  return new Map(files.map(([name, bytes]) => [name, decodeModelFile(bytes)]))
}

/** The same model with a threshold that nothing reaches. */
export function findingNothing({ metadata, weights }: ModelFile): ModelFile {
  const raised = Object.entries(metadata.architecture).map(([part, settings]) => {
    const has = typeof settings === 'object' && settings !== null && 'maxDetections' in settings
    return [part, has ? { ...settings, scoreThreshold: 0.999 } : settings]
  })
  const architecture = Object.fromEntries(raised) as ModelConfig
  return { metadata: { ...metadata, architecture }, weights }
}

/** Towers of four convolutions with norms, and dense blocks of full convolutions. */
function thinFullCenterMask(): CenterMaskConfig {
  const { fcos, mask, maskIou } = CENTERMASK_PRESETS.centermask_V_39_eSE_FPN_ms_3x(3)
  const thin = thinCenterMask()
  const towers = { ...fcos.towers, norm: { kind: 'groupNorm', groups: 4, epsilon: 1e-5 } } as const
  return {
    ...thin,
    backbone: { name: 'vovnet39', widthMultiplier: 0.125, norm: FROZEN_BATCH_NORM },
    fcos: { ...thin.fcos, towers },
    mask: { ...mask, head: { ...mask.head, width: 16 } },
    maskIou: maskIou && { ...maskIou, width: 8, linearWidth: 16 },
  }
}
