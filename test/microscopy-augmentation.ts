import type { AugmentConfig } from '../src/data/augment/augment.ts'

/** Augmentation of many kinds at once: colours, scale, crop, all eight orientations. */
export const MICROSCOPY_AUGMENTATION: AugmentConfig = {
  color: { brightness: 0.3, contrast: 0.3, saturation: 0.3, grayscale: 0.1, invert: 0 },
  scale: { kind: 'factor', from: 0.75, to: 1.5 },
  crop: { height: 256, width: 256, minVisible: 0.1, minArea: 4 },
  quarterTurns: true,
  horizontalFlip: 0.5,
  verticalFlip: 0,
}
