import { type Check, imageFinding } from '../check.ts'
import { decoded, type ProbedImage } from '../image-probe.ts'
import { findLikePairs, LOOKS_THE_SAME } from '../picture-likeness.ts'
import type { RawCoco, RawImageEntry } from '../raw-coco.ts'
import type { Survey } from '../survey.ts'

export const similarImages: Check = {
  name: 'similar-images',
  title: 'Images that look the same',
  severity: 'warning',
  unit: 'images',
  needsImages: true,
  why: 'Copies that were resized, recompressed or brightened, and neighbouring frames of a film, count twice; in two splits they make figures better than they are.',
  advice: 'Look at each pair; keep one, or keep both in one split.',
  thresholds: { ...LOOKS_THE_SAME },
  *find(survey) {
    const pictures = distinctPictures(survey)
    const pairs = findLikePairs(
      pictures.map(({ probe }) => probe),
      LOOKS_THE_SAME,
    )
    for (const { first, second, correlation } of pairs) {
      const [a, b] = [pictures[first], pictures[second]]
      const elsewhere = a.file === b.file ? '' : ` of ${a.file.name}`
      yield imageFinding(
        b.file,
        b.image,
        `like ${a.image.fileName}${elsewhere} (correlation ${correlation.toFixed(3)})`,
      )
    }
  },
}

/** One of each set of equal pictures; equal ones are told by other checks. */
function distinctPictures({ files }: Survey): { file: RawCoco; image: RawImageEntry; probe: ProbedImage }[] {
  const seen = new Set<string>()
  return files.flatMap((file) =>
    file.images.flatMap((image) => {
      const probe = decoded(file.probes?.get(image.fileName ?? ''))
      if (!probe || seen.has(probe.pixels)) return []
      seen.add(probe.pixels)
      return [{ file, image, probe }]
    }),
  )
}
