import { describe } from '../../formats/json-fields.ts'
import { type Check, fileFinding } from '../check.ts'
import { LISTS } from '../raw-coco.ts'

export const missingLists: Check = {
  name: 'missing-lists',
  title: 'Lists that are missing',
  severity: 'error',
  unit: 'files',
  why: 'A COCO file is an object with the lists images, annotations and categories; without one nothing can be read.',
  advice: 'Export the file again as COCO annotations (not results, not a single image).',
  *find({ files }) {
    for (const file of files) {
      for (const list of LISTS) {
        const value = file.document[list]
        if (!Array.isArray(value))
          yield fileFinding(file, `"${list}" is ${value === undefined ? 'missing' : describe(value)}`)
      }
    }
  },
}
