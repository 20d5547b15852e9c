import { CENTERMASK2 } from './centermask2.ts'
import { DETECTRON2 } from './detectron2.ts'
import type { PublishedWeights } from './published-weights.ts'
import { TIMM } from './timm.ts'
import { TORCHVISION } from './torchvision.ts'

/** All weights that are known by name. */
export const PUBLISHED: readonly PublishedWeights[] = [...TORCHVISION, ...DETECTRON2, ...TIMM, ...CENTERMASK2]
