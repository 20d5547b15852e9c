import { type Check, imageFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'
import type { RawCoco, RawImageEntry } from '../raw-coco.ts'

export const leakedImages: Check = {
  name: 'leaked-images',
  title: 'Images that are in two splits',
  severity: 'error',
  unit: 'images',
  needsImages: true,
  why: 'A model evaluated on images it was trained on gets better figures than it deserves.',
  advice: 'Remove them from all splits but one, best from the training split.',
  *find({ files }) {
    const firsts = new Map<string, { file: RawCoco; image: RawImageEntry }>()
    for (const file of files) {
      for (const image of file.images) {
        const pixels = decoded(file.probes?.get(image.fileName ?? ''))?.pixels
        if (pixels === undefined) continue
        const first = firsts.get(pixels)
        if (!first) firsts.set(pixels, { file, image })
        else if (first.file !== file) {
          yield imageFinding(file, image, `same pixels as ${first.image.fileName} of ${first.file.name}`)
        }
      }
    }
  },
}
