import { type Check, imageFinding } from '../check.ts'
import { sizeConflict } from '../image-sizes.ts'

export const sizeMismatch: Check = {
  name: 'size-mismatch',
  title: 'Sizes that are not those of the image files',
  severity: 'error',
  unit: 'images',
  needsImages: true,
  why: 'The image was resized or replaced after it was labelled: its boxes and masks lie in the wrong places.',
  advice: 'Put the labelled images back, or scale the annotations to the new sizes.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const conflict = sizeConflict(file, image)
        if (!conflict || conflict.isTurned) continue
        const { stated, shown, masksAgree } = conflict
        const masks = masksAgree ? '; the masks have the size of the file' : ''
        yield imageFinding(
          file,
          image,
          `stated ${stated.width} x ${stated.height}, the file has ${shown.width} x ${shown.height}${masks}`,
        )
      }
    }
  },
  repair: {
    does: "Where all run-length masks of the image have the file's size, that size is stated.",
    *changes(file) {
      for (const image of file.images) {
        const conflict = sizeConflict(file, image)
        if (!conflict?.masksAgree || conflict.isTurned) continue
        yield { list: 'images', index: image.index, entry: { ...image.entry, ...conflict.shown } }
      }
    },
  },
}
