import type { Size } from '../geometry/boxes.ts'
import type { RawCoco } from './raw-coco.ts'

/** Everything the checks look at: the files given together, usually the splits of one data set. */
export interface Survey {
  readonly files: readonly RawCoco[]
  readonly detector: DetectorScale
}

/** What sizes of objects a detector can work with. */
export interface DetectorScale {
  /** As reports name it. */
  readonly name: string
  /** Widths and heights of all anchors of all levels, in pixels of the resized image; absent where the detector has none. */
  readonly anchors?: readonly Size[]
  /** Size at which the network sees an image. */
  resized(size: Size): Size
  /** Pixels of the resized image to a cell of the finest level. */
  readonly finestStride: number
}
