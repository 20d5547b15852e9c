/** What labels of an image are worth, by looking at it as it is and mirrored. */
import type { RgbImage } from '../data/picture.ts'
import type { Instance } from './instance.ts'
import { pictureDescriptor } from './label-choice.ts'
import { type LabelValue, labelValue } from './label-value.ts'

export interface Judgement extends LabelValue {
  /** How the image looks from afar: see `pictureDescriptor`. */
  readonly descriptor: Float64Array
}

/** Objects of lower scores do not count: most are none, and the model does not claim them. */
const LEAST_SCORE = 0.3

/**
 * What is found on an image, and what labels of it are worth.
 * @param look finds at least what scores 0.3, in pixels of the image that it is given; it is asked twice
 */
export async function judgedImage<Seen extends { readonly instances: readonly Instance[] }>(
  image: RgbImage,
  look: (image: RgbImage) => Promise<Seen>,
): Promise<{ readonly seen: Seen; readonly judgement: Judgement }> {
  const { width, height } = image
  const seen = await look(image)
  const mirrored = await look({ data: mirroredRows(image), width, height })
  const [plain, other] = [seen, mirrored].map(({ instances }) =>
    instances.filter(({ score }) => score >= LEAST_SCORE),
  )
  return { seen, judgement: { ...labelValue(plain, other, width), descriptor: pictureDescriptor(image) } }
}

function mirroredRows({ data, width, height }: RgbImage): Uint8Array {
  const mirrored = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3
      mirrored.set(data.subarray(from, from + 3), (y * width + width - 1 - x) * 3)
    }
  }
  return mirrored
}
