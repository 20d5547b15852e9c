import { type Check, imageFinding } from '../check.ts'
import { imagesProbed, removedWithAnnotations } from '../probed-images.ts'

export const unreadableImages: Check = {
  name: 'unreadable-images',
  title: 'Images that cannot be decoded',
  severity: 'error',
  unit: 'images',
  needsImages: true,
  why: 'The file is there, but its pixels are not: training stops when it comes to it, perhaps after hours.',
  advice: 'Copy or export the images again; a file cut short is the usual cause.',
  *find({ files }) {
    for (const file of files) {
      for (const image of imagesProbed(file, 'unreadable')) {
        const probe = file.probes?.get(image.fileName ?? '')
        yield imageFinding(file, image, probe?.kind === 'unreadable' ? probe.reason : '')
      }
    }
  },
  repair: {
    does: 'The images are removed from the list with their annotations, unless others have their ids.',
    *changes(file) {
      for (const image of imagesProbed(file, 'unreadable')) yield* removedWithAnnotations(file, image)
    },
  },
}
