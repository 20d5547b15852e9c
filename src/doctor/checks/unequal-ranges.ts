import { type Check, fileFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'
import { shown } from './deep-images.ts'

/** How many times as wide the widest is as the narrowest. */
const LEAST_RATIO = 2

export const unequalRanges: Check = {
  name: 'unequal-ranges',
  title: 'Images of more than 8 bits with unlike ranges',
  severity: 'note',
  unit: 'files',
  needsImages: true,
  why: 'Each picture is shown by its own range, so that equal values look bright in one and dark in another; that evens out exposures, and hides differences that were measured.',
  advice: 'Where brightness means something, give all pictures one range: data.intensity of the training.',
  thresholds: { leastRatio: LEAST_RATIO },
  *find({ files }) {
    for (const file of files) {
      const depths = file.images.flatMap(
        ({ fileName }) => decoded(file.probes?.get(fileName ?? ''))?.depth ?? [],
      )
      const byWidth = depths
        .map(({ black, white }) => ({ black, white, width: Math.abs(white - black) }))
        .sort((a, b) => a.width - b.width)
      const [narrowest, widest] = [byWidth[0], byWidth.at(-1)]
      if (!narrowest || !widest || widest.width < LEAST_RATIO * narrowest.width) continue
      const range = ({ black, white }: { black: number; white: number }) =>
        `${shown(black)} to ${shown(white)}`
      yield fileFinding(
        file,
        `${depths.length} images, shown from ${range(narrowest)} up to ${range(widest)}`,
      )
    }
  },
}
