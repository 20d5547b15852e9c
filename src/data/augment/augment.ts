import type { Size } from '../../geometry/boxes.ts'
import type { Random } from '../../tensor/random.ts'
import type { FlipPair } from '../keypoints.ts'
import type { Sample } from '../sample.ts'
import { type ColorConfig, changeColors, drawColorChange } from './color-jitter.ts'
import { type CopyPasteConfig, pasteObjects } from './copy-paste.ts'
import { LEAST_VISIBLE } from './covered.ts'
import { type CropConfig, cropSample, drawWindow } from './crop.ts'
import { horizontalFlip, verticalFlip } from './flip.ts'
import { quarterTurn } from './quarter-turn.ts'
import { drawScale, resizeSample, type ScaleConfig } from './resize.ts'

/** What happens to each training sample, in this order: colours, scale, crop, quarter turn, flips, pasted objects. Plain JSON. */
export interface AugmentConfig {
  readonly color?: ColorConfig
  readonly scale?: ScaleConfig
  readonly crop?: CropConfig
  /** Turn by 0, 90, 180 or 270 degrees with equal chance, where no direction is up (microscopy, aerial images). */
  readonly quarterTurns: boolean
  /** Probability of mirroring left and right. */
  readonly horizontalFlip: number
  /** Probability of mirroring top and bottom. */
  readonly verticalFlip: number
  readonly copyPaste?: CopyPasteConfig
  /** Keypoints that are each other's mirror image; unless given, their names tell (`keypointPlan`). */
  readonly flipPairs?: readonly FlipPair[]
}

/** Images as they are. */
export const NO_AUGMENTATION: AugmentConfig = { quarterTurns: false, horizontalFlip: 0, verticalFlip: 0 }

/** Other samples that one is made of. */
export interface OtherSamples {
  /** Augmented alike, then objects of it are laid over. */
  readonly pasted?: Sample
}

/**
 * A sample changed by chance; the same generator gives the same sample. With a crop the result has its size. What `copyPaste` asks for
 * takes the sample to paste from: whether there is one, and which, is up to the caller (`companions`).
 */
export function augment(
  sample: Sample,
  config: AugmentConfig,
  random: Random,
  { pasted }: OtherSamples = {},
): Sample {
  const changed = changeSample(sample, config, random)
  if (!pasted) return changed
  return pasteObjects(changed, changeSample(pasted, config, random), config.crop ?? LEAST_VISIBLE, random)
}

function changeSample(sample: Sample, config: AugmentConfig, random: Random): Sample {
  const { color } = config
  // Colours first, so that what the crop adds around the image keeps its colour.
  let result = color
    ? { ...sample, image: changeColors(sample.image, drawColorChange(color, random)) }
    : sample
  const turns = config.quarterTurns ? random.integer(4) : 0
  result = drawGeometry(result, config, turns % 2 === 1, random)
  result = quarterTurn(result, turns)
  if (random.uniform() < config.horizontalFlip) result = horizontalFlip(result)
  if (random.uniform() < config.verticalFlip) result = verticalFlip(result)
  return result
}

/** Scale and crop. The crop lies on its side when a quarter turn follows that brings it upright. */
function drawGeometry(sample: Sample, config: AugmentConfig, onItsSide: boolean, random: Random): Sample {
  const { image } = sample
  const own: Size = { height: image.height, width: image.width }
  const { crop } = config
  const target: Size = !crop ? own : onItsSide ? { height: crop.width, width: crop.height } : crop
  const size = config.scale ? drawScale(config.scale, own, target, random) : own
  if (!crop) return resizeSample(sample, size)
  return cropSample(sample, size, drawWindow(size, target, random), crop)
}
