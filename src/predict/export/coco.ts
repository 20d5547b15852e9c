import { cocoResults } from '../to-json.ts'
import type { Exporter } from './exporter.ts'

/**
 * `predictions.json`: a COCO results array, which `evaluate --results` reads. Of images whose id is not known, `image_id`
 * counts from 1; `file_name` says which it was.
 */
export const exportCoco: Exporter = (predicted) => {
  const entries = predicted.flatMap(({ file, imageId, prediction }) =>
    cocoResults(imageId, prediction.instances).map((entry) => JSON.stringify({ ...entry, file_name: file })),
  )
  return [{ name: 'predictions.json', content: `[\n${entries.join(',\n')}\n]\n`, isAboutAll: true }]
}
