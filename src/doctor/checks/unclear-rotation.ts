import { type Check, imageFinding } from '../check.ts'
import { decoded } from '../image-probe.ts'
import { isSameSize, sizeConflict } from '../image-sizes.ts'

export const unclearRotation: Check = {
  name: 'unclear-rotation',
  title: 'EXIF rotation that sizes cannot tell about',
  severity: 'warning',
  unit: 'images',
  needsImages: true,
  why: 'EXIF turns or mirrors the picture without changing its size, so the labels may have been drawn on either; on the wrong one they lie elsewhere.',
  advice:
    'Look at them with "maskwright data preview"; where labels and picture disagree, remove the orientation from the file.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        const probe = decoded(file.probes?.get(image.fileName ?? ''))
        if (!probe || probe.orientation === 1 || !isSameSize(probe.stored, probe.shown)) continue
        if (sizeConflict(file, image) || image.id === undefined || !file.annotationsByImage.has(image.id))
          continue
        yield imageFinding(file, image, ORIENTATIONS[probe.orientation] ?? `orientation ${probe.orientation}`)
      }
    }
  },
}

/** What EXIF's orientations do to the stored picture. */
const ORIENTATIONS: Readonly<Record<number, string>> = {
  2: 'mirrored left to right',
  3: 'turned by 180 degrees',
  4: 'mirrored top to bottom',
  5: 'mirrored along the diagonal',
  6: 'turned by 90 degrees clockwise',
  7: 'mirrored along the other diagonal',
  8: 'turned by 90 degrees counter-clockwise',
}
