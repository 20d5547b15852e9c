import { fileKey } from '../../data/file-lookup.ts'
import { type Check, imageFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'
import type { RawImageEntry } from '../raw-coco.ts'

export const duplicateImages: Check = {
  name: 'duplicate-images',
  title: 'Equal images within a split',
  severity: 'warning',
  unit: 'images',
  needsImages: true,
  why: 'The same pixels under two names count twice, and where their labels differ one of them is wrong.',
  advice: 'Keep one of each.',
  *find({ files }) {
    for (const file of files) {
      const firsts = new Map<string, RawImageEntry>()
      for (const image of file.images) {
        const pixels = decoded(file.probes?.get(image.fileName ?? ''))?.pixels
        if (pixels === undefined) continue
        const first = firsts.get(pixels)
        if (!first) firsts.set(pixels, image)
        else if (fileKey(first.fileName ?? '') !== fileKey(image.fileName ?? ''))
          yield imageFinding(file, image, `same pixels as ${first.fileName}`)
      }
    }
  },
}
