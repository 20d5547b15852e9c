import type { Intensity, ReadingOptions } from '../data/image-reading.ts'
import type { IouType } from '../evaluation/evaluation-params.ts'
import type { Augmentation } from '../predict/augmentation.ts'
import type { Device } from '../runtime/session.ts'
import type { TileFlag } from './flags.ts'

export interface EvaluateFlags {
  readonly model?: string
  readonly images?: string
  readonly results?: string
  readonly annotations: string
  readonly iou?: readonly IouType[]
  readonly sigmas?: readonly number[]
  readonly report?: string
  readonly max?: number
  readonly maxDetections?: number
  readonly perClass?: boolean
  readonly tile?: TileFlag
  readonly overlap?: number
  readonly tta?: Augmentation
  readonly intensity?: Intensity
  readonly page?: number
  readonly channel?: ReadingOptions['channels']
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly json?: boolean
}
