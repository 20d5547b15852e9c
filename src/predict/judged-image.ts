/** What labels of an image are worth, by looking at it as it is and mirrored. */
import { mirroredImage } from '../data/augment/flip.ts'
import type { RgbImage } from '../data/picture.ts'
import type { Instance } from './instance.ts'
import { pictureDescriptor } from './label-choice.ts'
import { type LabelValue, labelValue } from './label-value.ts'

export interface Judgement extends LabelValue {
  /** How the image looks from afar: see `pictureDescriptor`. */
  readonly descriptor: Float64Array
}

/** Objects of lower scores do not count: most are none, and the model does not claim them. */
export const LEAST_JUDGED = 0.3

/**
 * What is found on an image, and what labels of it are worth.
 * @param look finds at least what scores `LEAST_JUDGED`, in pixels of the image that it is given; it is asked twice
 */
export async function judgedImage<Seen extends { readonly instances: readonly Instance[] }>(
  image: RgbImage,
  look: (image: RgbImage) => Promise<Seen>,
): Promise<{ readonly seen: Seen; readonly judgement: Judgement }> {
  const seen = await look(image)
  const mirrored = await look(mirroredImage(image))
  const [plain, other] = [seen, mirrored].map(({ instances }) =>
    instances.filter(({ score }) => score >= LEAST_JUDGED),
  )
  return {
    seen,
    judgement: { ...labelValue(plain, other, image.width), descriptor: pictureDescriptor(image) },
  }
}
