import { type Check, imageFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'
import { isSameSize } from '../image-sizes.ts'

export const exifRotation: Check = {
  name: 'exif-rotation',
  title: 'Images that EXIF turns',
  severity: 'note',
  unit: 'images',
  needsImages: true,
  why: 'The labels fit the turned picture, which is what Maskwright loads; programs that ignore EXIF will see it lying on its side.',
  advice: 'Nothing for Maskwright; for other programs, write the pictures anew with their pixels turned.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const probe = decoded(file.probes?.get(image.fileName ?? ''))
        if (!probe || !image.size || isSameSize(probe.stored, probe.shown)) continue
        if (isSameSize(image.size, probe.shown))
          yield imageFinding(file, image, `orientation ${probe.orientation}`)
      }
    }
  },
}
