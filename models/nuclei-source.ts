/** Reads the public source of the model nuclei: a folder an image, `ID/images/ID.png` and `ID/masks/*.png`. */
import { join } from 'node:path'
import type { Annotation, Dataset, DatasetImage } from '../src/data/dataset.ts'
import { Losses } from '../src/data/losses.ts'
import type { DecodedImage } from '../src/data/picture.ts'
import { foregroundOf, readLabelRaster } from '../src/formats/mask-images/label-raster.ts'
import { shapeAnnotation } from '../src/formats/shape-annotation.ts'
import { encodeRle } from '../src/geometry/rle.ts'
import { dataFolder } from '../src/node/data-folder.ts'
import { decodeImage } from '../src/node/decode-image.ts'

const CATEGORY = { id: 1, name: 'nucleus', supercategory: 'cell' }

/** An image of the source, and what is labelled on it. */
export interface NucleiImage {
  readonly picture: DecodedImage
  readonly image: DatasetImage
  readonly annotations: readonly Annotation[]
}

/**
 * Images of these names one after another, in their order, ids from 1. Masks are taken in the order of their file names; a
 * pixel that lies in two belongs to the first. Throws `DataError` for what is missing or no mask.
 */
export async function* readNuclei(source: string, names: readonly string[]): AsyncGenerator<NucleiImage> {
  let nextId = 1
  for (const [i, name] of names.entries()) {
    const picture = await decodeImage(join(source, name, 'images', `${name}.png`))
    const { width, height } = picture
    const attributes = { modality: modalityOf(picture) }
    const image = { id: i + 1, fileName: `${name}.png`, width, height, attributes }
    const folder = dataFolder(join(source, name, 'masks'))
    const annotations: Annotation[] = []
    const taken = new Uint8Array(width * height)
    for (const path of await folder.list()) {
      const where = join(source, name, 'masks', path)
      const mask = foregroundOf(await readLabelRaster(folder, path), where)
      for (let at = 0; at < mask.length; at++) {
        if (taken[at]) mask[at] = 0
        else taken[at] = mask[at]
      }
      const segmentation = encodeRle(mask, image)
      const ids = { id: nextId++, imageId: image.id, categoryId: CATEGORY.id }
      const losses = new Losses()
      const annotation = shapeAnnotation(ids, { segmentation }, image, where, { losses })
      if (annotation) annotations.push(annotation)
    }
    yield { picture, image, annotations }
  }
}

/** The data set that images of the source make. */
export function nucleiDataset(parts: readonly Omit<NucleiImage, 'picture'>[]): Dataset {
  return {
    images: parts.map(({ image }) => image),
    annotations: new Map(parts.map(({ image, annotations }) => [image.id, annotations])),
    categories: [CATEGORY],
  }
}

/** Colour tells histology; of grey pictures, those that are bright in the middle are bright field. */
function modalityOf({ data }: DecodedImage): string {
  const greys = new Float64Array(data.length / 3)
  let colour = 0
  for (let i = 0; i < greys.length; i++) {
    const [r, g, b] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]]
    colour += Math.max(r, g, b) - Math.min(r, g, b)
    greys[i] = (r + g + b) / 3
  }
  if (colour / greys.length >= 5) return 'histology'
  return greys.sort()[greys.length >> 1] > 128 ? 'brightfield' : 'fluorescence'
}
