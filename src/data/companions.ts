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
}

/**
 * Which other images each sample is made of, drawn from (seed, epoch, index) with the probabilities of the augmentation. A copy of the
 * image itself may be drawn. Throws `DataError` where objects are to be pasted and none has a mask.
 * @param images those that are trained on
 */
export function companions(
  dataset: Dataset,
  images: readonly DatasetImage[],
  { copyPaste }: AugmentConfig,
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
    return { ...(copyPaste && chance.uniform() < copyPaste.probability && { pasted: anyOf(masked, chance) }) }
  }
}

function hasMask({ isCrowd, segmentation }: Annotation): boolean {
  return !isCrowd && segmentation !== undefined
}

function anyOf<T>(items: readonly T[], chance: Random): T {
  return items[chance.integer(items.length)]
}
