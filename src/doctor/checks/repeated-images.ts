import { fileKey } from '../../data/file-lookup.ts'
import { type Check, imageFinding } from '../check.ts'
import type { RawCoco, RawImageEntry } from '../raw-coco.ts'

export const repeatedImages: Check = {
  name: 'repeated-images',
  title: 'Files listed twice',
  severity: 'error',
  unit: 'images',
  why: 'The objects of one entry are missing in the other, so the model is told that they are background.',
  advice: 'Keep one entry for each file and move the annotations there.',
  *find({ files }) {
    for (const file of files) {
      for (const [image, first] of repeats(file)) {
        yield imageFinding(file, image, `also images[${first.index}] (id ${first.id})`)
      }
    }
  },
  repair: {
    does: 'The entries are merged into the first where their sizes agree and no other has their ids: the annotations move there.',
    *changes(file) {
      for (const [image, first] of repeats(file)) {
        if (image.size?.width !== first.size?.width || image.size?.height !== first.size?.height) continue
        if ([image.id, first.id].some((id) => file.sharedImageIds.has(id))) continue
        yield { list: 'images', index: image.index }
        for (const { index, entry } of file.annotationsByImage.get(image.id) ?? []) {
          yield { list: 'annotations', index, entry: { ...entry, image_id: first.id } }
        }
      }
    },
  },
}

type Identified = RawImageEntry & { readonly id: number }

/** Images of a file name seen before, with the first that has it; ids used twice are another matter. */
function* repeats(file: RawCoco): Generator<[Identified, Identified]> {
  const firsts = new Map<string, Identified>()
  for (const image of file.images) {
    const { id, fileName } = image
    if (id === undefined || fileName === undefined) continue
    const key = fileKey(fileName)
    const first = firsts.get(key)
    if (!first) firsts.set(key, { ...image, id })
    else if (first.id !== id) yield [{ ...image, id }, first]
  }
}
