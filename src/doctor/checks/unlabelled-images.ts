import { type Check, imageFinding } from '../check.ts'

export const unlabelledImages: Check = {
  name: 'unlabelled-images',
  title: 'Images without annotations',
  severity: 'note',
  unit: 'images',
  why: 'The model learns that everything on them is background: right for empty pictures, wrong for those that nobody has labelled yet.',
  advice: 'Look at a few; label or remove those that show objects.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        if (
          image.id !== undefined &&
          file.imageById.get(image.id) === image &&
          !file.annotationsByImage.has(image.id)
        ) {
          yield imageFinding(file, image, 'no annotations')
        }
      }
    }
  },
}
