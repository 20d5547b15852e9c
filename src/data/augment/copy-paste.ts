import type { Random } from '../../tensor/random.ts'
import type { Sample, SampleInstance } from '../sample.ts'
import { coverInstances, type LeastVisible } from './covered.ts'
import { drawWindow } from './crop.ts'
import { MEAN_COLOR, resizeWindow } from './window.ts'

/** Objects of another training image laid over this one (Ghiasi et al. 2021, arXiv:2012.07177). */
export interface CopyPasteConfig {
  /** Of an image to have any. */
  readonly probability: number
}

/**
 * The sample with some of the objects of another in front, both augmented before: any number from none to all, each number as likely
 * as the others. Pixels are replaced where a mask of a pasted object is one, without blending, which the paper finds to make no
 * difference; what lies below is treated as `coverInstances` says. Objects without a mask, and what is not learned from (label 0), are
 * not pasted. Where the samples have
 * different sizes, a window of the other is taken.
 */
export function pasteObjects(onto: Sample, other: Sample, least: LeastVisible, random: Random): Sample {
  const from = fitTo(onto, other, least, random)
  const share = random.uniform()
  const pasted = from.instances.filter(({ label, mask }) => random.uniform() < share && label > 0 && mask)
  if (pasted.length === 0) return onto
  const { width, height } = onto.image
  const data = onto.image.data.slice()
  const cover = new Uint8Array(width * height)
  for (const instance of pasted) {
    forEachPixel(instance, width, (at) => {
      cover[at] = 1
      for (let byte = 3 * at; byte < 3 * at + 3; byte++) data[byte] = from.image.data[byte]
    })
  }
  const below = coverInstances(onto.instances, cover, onto.image, least)
  return { ...onto, image: { data, width, height }, instances: [...below, ...pasted] }
}

function fitTo({ image }: Sample, other: Sample, least: LeastVisible, random: Random): Sample {
  const { width, height } = other.image
  if (width === image.width && height === image.height) return other
  const window = drawWindow(other.image, image, random)
  return resizeWindow(other, other.image, window, { ...least, fill: MEAN_COLOR })
}

/** Calls `visit` with the place of every pixel of the mask in an image of `width`. */
function forEachPixel({ box, mask }: SampleInstance, width: number, visit: (at: number) => void): void {
  const [x1, y1, x2, y2] = box
  for (let y = y1, i = 0; y < y2; y++) {
    for (let x = x1; x < x2; x++) if (mask![i++]) visit(y * width + x)
  }
}
