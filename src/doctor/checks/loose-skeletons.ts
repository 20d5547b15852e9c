import { type Check, categoryFinding } from '../check.ts'
import { nameOf, type RawCategory } from '../raw-coco.ts'

export const looseSkeletons: Check = {
  name: 'loose-skeletons',
  title: 'Lines of a skeleton to keypoints that do not exist',
  severity: 'warning',
  unit: 'categories',
  why: 'COCO counts keypoints from 1: a skeleton counted from 0 joins the wrong ones, and a training of keypoints refuses it.',
  advice: 'Count from 1: where there is a 0, add 1 to every number of the skeleton.',
  *find({ files }) {
    for (const file of files) {
      for (const category of file.categories) {
        const line = looseLine(category)
        if (line) yield categoryFinding(file, category, `${nameOf(category)}: joins ${line.join(' and ')}`)
      }
    }
  },
}

function looseLine({ entry: { keypoints, skeleton } }: RawCategory): number[] | undefined {
  if (!Array.isArray(keypoints) || !Array.isArray(skeleton)) return undefined
  const isLoose = (end: unknown) => typeof end === 'number' && (end < 1 || end > keypoints.length)
  return skeleton.find((line) => Array.isArray(line) && line.some(isLoose))
}
