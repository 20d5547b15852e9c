import { type Check, imageFinding } from '../check.ts'
import { sizeConflict } from '../image-sizes.ts'

export const unrotatedLabels: Check = {
  name: 'unrotated-labels',
  title: 'Labels drawn on the image before EXIF turned it',
  severity: 'error',
  unit: 'images',
  needsImages: true,
  why: 'The camera noted in EXIF that the picture is to be turned; the labels belong to the picture as stored, and lie elsewhere once it is turned, as here and in viewers.',
  advice:
    'Remove the orientation from these files without turning their pixels (for example exiftool -Orientation= FILE), or label the turned pictures.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const conflict = sizeConflict(file, image)
        if (!conflict?.isTurned) continue
        const { stated, shown } = conflict
        yield imageFinding(
          file,
          image,
          `labelled at ${stated.width} x ${stated.height}, shown at ${shown.width} x ${shown.height}`,
        )
      }
    }
  },
}
