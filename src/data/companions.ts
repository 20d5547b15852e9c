import { DataError } from '../errors.ts'
import { type Random, random, STREAM } from '../tensor/random.ts'
import type { AugmentConfig } from './augment/augment.ts'
import { type Annotation, annotationsOf, type Dataset, type DatasetImage } from './dataset.ts'

export interface LabelledImage {
  readonly image: DatasetImage
  readonly annotations: readonly Annotation[]
}

/** Other images that a sample is made of. */
export interface Companions {
  /** Objects of it are pasted. */
  readonly pasted?: LabelledImage
  /** Three others are the quarters of one picture with it. */
  readonly quarters?: readonly LabelledImage[]
}

/**
 * Which other images each sample is made of, drawn from (seed, epoch, index) with the probabilities of the augmentation. A copy of the
 * image itself may be drawn. Throws `DataError` where objects are to be pasted and none has a mask.
 * @param images those that are trained on
 */
export function companions(
  dataset: Dataset,
  images: readonly DatasetImage[],
  { copyPaste, mosaic }: AugmentConfig,
  seed: number,
): (epoch: number, index: number) => Companions {
  const labelled = images.map((image) => ({ image, annotations: annotationsOf(dataset, image.id) }))
  const masked = copyPaste ? labelled.filter(({ annotations }) => annotations.some(hasMask)) : []
  if (copyPaste && masked.length === 0) {
    throw new DataError('no object has a mask to be pasted by', {
      where: 'augment.copyPaste',
      expected: 'a segmentation of at least one object',
      hint: 'Leave augment.copyPaste out for data with boxes alone',
    })
  }
  return (epoch, index) => {
    const chance = random(seed, STREAM.companions, epoch, index)
    const pasted = copyPaste && chance.uniform() < copyPaste.probability ? anyOf(masked, chance) : undefined
    const isMosaic = mosaic && chance.uniform() < mosaic.probability
    const quarters = isMosaic ? [0, 1, 2].map(() => anyOf(labelled, chance)) : undefined
    return { ...(pasted && { pasted }), ...(quarters && { quarters }) }
  }
}

function hasMask({ isCrowd, segmentation }: Annotation): boolean {
  return !isCrowd && segmentation !== undefined
}

function anyOf<T>(items: readonly T[], chance: Random): T {
  return items[chance.integer(items.length)]
}
