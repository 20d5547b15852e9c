import type { ConventionName } from '../weights/conventions.ts'
import { CENTERMASK_PRESETS } from './centermask-presets.ts'
import { DETECTRON2_PRESETS } from './detectron2-presets.ts'

/**
 * Whose weights a preset is for. Those of others may have the same shapes and yet mean other boxes: their anchors lie elsewhere,
 * regions are pooled half a pixel aside, and colours are other numbers.
 */
export function presetConvention(preset: string): ConventionName {
  if (preset in CENTERMASK_PRESETS) return 'centermask2'
  if (preset in DETECTRON2_PRESETS) return 'detectron2'
  return preset === MASK_SCORING ? 'maskrcnn-benchmark' : 'torchvision'
}

const MASK_SCORING: string = 'e2e_ms_rcnn_R_50_FPN_1x'
