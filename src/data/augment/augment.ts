import type { Size } from '../../geometry/boxes.ts'
import type { Random } from '../../tensor/random.ts'
import type { FlipPair } from '../keypoints.ts'
import type { Sample } from '../sample.ts'
import { type AffineConfig, affineMatrix, drawAffine } from './affine.ts'
import { type BlurConfig, blurByChance } from './blur.ts'
import { type ColorConfig, changeColors, drawColorChange } from './color-jitter.ts'
import { type CopyPasteConfig, pasteObjects } from './copy-paste.ts'
import { LEAST_VISIBLE } from './covered.ts'
import { type CropConfig, drawWindow } from './crop.ts'
import { type CutoutConfig, cutoutByChance } from './cutout.ts'
import { horizontalFlip, verticalFlip } from './flip.ts'
import type { JpegConfig } from './jpeg.ts'
import { type MosaicConfig, mosaic } from './mosaic.ts'
import { type NoiseConfig, noiseByChance } from './noise.ts'
import { quarterTurn } from './quarter-turn.ts'
import { drawScale, type ScaleConfig } from './resize.ts'
import { warpSample } from './warp.ts'
import { MEAN_COLOR, resizeWindow } from './window.ts'

/**
 * What happens to each training sample, in this order: colours, scale, affine change and crop (of each of four where they become a
 * mosaic), quarter turn, flips, pasted objects, blur, noise, cutout, JPEG. Plain JSON.
 */
export interface AugmentConfig {
  readonly color?: ColorConfig
  /** null, or nothing: images at their own size. */
  readonly scale?: ScaleConfig | null
  readonly affine?: AffineConfig
  readonly crop?: CropConfig
  readonly mosaic?: MosaicConfig
  /** Turn by 0, 90, 180 or 270 degrees with equal chance, where no direction is up (microscopy, aerial images). */
  readonly quarterTurns: boolean
  /** Probability of mirroring left and right. */
  readonly horizontalFlip: number
  /** Probability of mirroring top and bottom. */
  readonly verticalFlip: number
  readonly copyPaste?: CopyPasteConfig
  readonly blur?: BlurConfig
  readonly noise?: NoiseConfig
  readonly cutout?: CutoutConfig
  /** Applied by whoever has a codec (`makeItem`). */
  readonly jpeg?: JpegConfig
  /** Keypoints that are each other's mirror image; unless given, their names tell (`keypointPlan`). */
  readonly flipPairs?: readonly FlipPair[]
}

/** Images as they are. */
export const NO_AUGMENTATION: AugmentConfig = { quarterTurns: false, horizontalFlip: 0, verticalFlip: 0 }

/** Other samples that one is made of. */
export interface OtherSamples {
  /** Augmented alike, then objects of it are laid over. */
  readonly pasted?: Sample
  /** Three that are the other quarters of a mosaic. */
  readonly quarters?: readonly Sample[]
}

/**
 * A sample changed by chance; the same generator gives the same sample. With a crop the result has its size. What `copyPaste` and
 * `mosaic` ask for takes other samples: whether there are any, and which, is up to the caller (`companions`).
 */
export function augment(
  sample: Sample,
  config: AugmentConfig,
  random: Random,
  { pasted, quarters }: OtherSamples = {},
): Sample {
  const least = config.crop ?? LEAST_VISIBLE
  let result = changeSample(sample, config, random, quarters)
  if (pasted) result = pasteObjects(result, changeSample(pasted, config, random), least, random)
  const { blur, noise, cutout } = config
  if (blur) result = { ...result, image: blurByChance(result.image, blur, random) }
  if (noise) result = { ...result, image: noiseByChance(result.image, noise, random) }
  return cutout ? cutoutByChance(result, cutout, least, random) : result
}

function changeSample(
  sample: Sample,
  config: AugmentConfig,
  random: Random,
  quarters?: readonly Sample[],
): Sample {
  const first = withColors(sample, config, random)
  const turns = config.quarterTurns ? random.integer(4) : 0
  const { crop = sample.image } = config
  // The crop lies on its side when a quarter turn follows that brings it upright.
  const isOnItsSide = config.crop && turns % 2 === 1
  const { height, width } = isOnItsSide ? { height: crop.width, width: crop.height } : crop
  const size = { height, width }
  let result = quarters
    ? mosaic(
        [first, ...quarters.map((quarter) => withColors(quarter, config, random))],
        size,
        (one, part) => drawGeometry(one, config, { fit: size, window: part }, random),
        random,
      )
    : drawGeometry(first, config, { fit: size, window: config.crop && size }, random)
  result = quarterTurn(result, turns)
  if (random.uniform() < config.horizontalFlip) result = horizontalFlip(result)
  if (random.uniform() < config.verticalFlip) result = verticalFlip(result)
  return result
}

/** Colours first, so that what the crop adds around the image keeps its colour. */
function withColors(sample: Sample, { color }: AugmentConfig, random: Random): Sample {
  return color ? { ...sample, image: changeColors(sample.image, drawColorChange(color, random)) } : sample
}

/** Scale, affine change and crop in one pass over the pixels seen: those of `window`, or without one of the whole resized image. */
function drawGeometry(
  sample: Sample,
  { scale, affine, crop }: AugmentConfig,
  { fit, window: part }: { readonly fit: Size; readonly window?: Size },
  random: Random,
): Sample {
  const own: Size = { height: sample.image.height, width: sample.image.width }
  const size = scale ? drawScale(scale, own, fit, random) : own
  const window = part ? drawWindow(size, part, random) : { x: 0, y: 0, ...size }
  const options = { ...(crop ?? LEAST_VISIBLE), fill: crop?.fill ?? MEAN_COLOR }
  if (affine) {
    return warpSample(
      sample,
      affineMatrix(drawAffine(affine, window, random), own, size, window),
      window,
      options,
    )
  }
  const isWhole = !part && size.height === own.height && size.width === own.width
  return isWhole ? sample : resizeWindow(sample, size, window, options)
}
