import { boxConvention, CORNER_SLACK, LEAST_BOXES, LEAST_OUTSIDE } from '../box-convention.ts'
import { type Check, fileFinding } from '../check.ts'

export const boxConventions: Check = {
  name: 'box-convention',
  title: 'Boxes that are not x, y, width, height',
  severity: 'error',
  unit: 'files',
  why: 'COCO boxes are left, top, width and height in pixels; read so, these are wrong throughout.',
  advice: 'Convert all boxes of the file.',
  thresholds: { leastBoxes: LEAST_BOXES, leastOutside: LEAST_OUTSIDE, cornerSlack: CORNER_SLACK },
  *find({ files }) {
    for (const file of files) {
      const convention = boxConvention(file)
      if (convention === 'corners') yield fileFinding(file, 'the boxes are two corners: x1, y1, x2, y2')
      if (convention === 'fractions')
        yield fileFinding(file, 'the boxes are shares of the sides, from 0 to 1')
    }
  },
  repair: {
    does: 'Two corners become x, y, width, height; shares are left, since they may count from the middle.',
    *changes(file) {
      if (boxConvention(file) !== 'corners') return
      for (const { index, entry, box } of file.annotations) {
        if (!box) continue
        const [x1, y1, x2, y2] = box
        yield { list: 'annotations', index, entry: { ...entry, bbox: [x1, y1, x2 - x1, y2 - y1] } }
      }
    },
  },
}
