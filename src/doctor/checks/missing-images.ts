import { type Check, imageFinding } from '../check.ts'
import { imagesProbed, removedWithAnnotations } from '../probed-images.ts'

export const missingImages: Check = {
  name: 'missing-images',
  title: 'Images that are not there',
  severity: 'error',
  unit: 'images',
  needsImages: true,
  why: 'Training and evaluation stop at the first image that cannot be found.',
  advice:
    'Check the folder of the images against the file names, capitals and endings included; copy what is missing.',
  *find({ files }) {
    for (const file of files) {
      for (const image of imagesProbed(file, 'missing')) yield imageFinding(file, image, 'no such file')
    }
  },
  repair: {
    does: 'The images are removed from the list with their annotations, unless all are missing or others have their ids.',
    *changes(file) {
      const missing = imagesProbed(file, 'missing')
      if (missing.length === file.images.length) return
      for (const image of missing) yield* removedWithAnnotations(file, image)
    },
  },
}
