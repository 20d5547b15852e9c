import { type Check, imageFinding } from '../check.ts'

export const duplicateImageIds: Check = {
  name: 'duplicate-image-ids',
  title: 'Image ids used twice',
  severity: 'error',
  unit: 'images',
  why: 'Annotations name their image by its id: with two images of one id nobody can say which is meant.',
  advice: 'Give every image an id of its own, and its annotations with it; merged files must be renumbered.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const first = image.id === undefined ? undefined : file.imageById.get(image.id)
        if (first && first !== image) {
          yield imageFinding(
            file,
            image,
            `id ${image.id} is that of ${first.fileName ?? `images[${first.index}]`}`,
          )
        }
      }
    }
  },
  repair: {
    does: 'An entry that repeats an earlier one word for word is removed.',
    *changes(file) {
      for (const { id, index, entry } of file.images) {
        const first = id === undefined ? undefined : file.imageById.get(id)
        if (first && first.index !== index && JSON.stringify(first.entry) === JSON.stringify(entry)) {
          yield { list: 'images', index }
        }
      }
    },
  },
}
