import { type Check, imageFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'

export const deepImages: Check = {
  name: 'deep-images',
  title: 'Images of more than 8 bits',
  severity: 'note',
  unit: 'images',
  needsImages: true,
  why: 'A model sees 8 bits: each picture is shown from the darkest to the brightest value that it has, unless the configuration says which values become black and white.',
  advice:
    'Look at them with "maskwright data preview"; where another range shows more, set it as data.intensity of the training.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const depth = decoded(file.probes?.get(image.fileName ?? ''))?.depth
        if (!depth) continue
        const { kind, black, white } = depth
        yield imageFinding(file, image, `${kind}, shown from ${shown(black)} to ${shown(white)}`)
      }
    }
  },
}

/** Six digits of a number say which it is. */
export function shown(value: number): string {
  return `${Number(value.toPrecision(6))}`
}
