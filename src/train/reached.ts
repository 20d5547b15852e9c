/** What a trained model does on images that it has not learned from, of its evaluation. */
import type { Dataset } from '../data/dataset.ts'
import type { EvaluationReport } from '../evaluation/report.ts'
import type { Reached } from './training-state.ts'

/** @param report with the worst cases of every image */
export function reachedOf(report: EvaluationReport, dataset: Dataset): Reached {
  const { overall, operating, counts, categories } = report
  const { AP, AP50 } = report.stats as { readonly AP: number; readonly AP50: number }
  const { score, precision, recall } = operating.best
  return {
    measure: report.iouType === 'segm' ? 'masks' : 'boxes',
    AP: AP ?? overall.AP,
    AP50: AP50 ?? overall.AP50,
    score,
    precision,
    recall,
    images: counts.images,
    objects: counts.groundTruths,
    categories: categories
      .filter(({ groundTruths }) => groundTruths > 0)
      .map(({ name, AP, groundTruths }) => ({ name, AP, objects: groundTruths }))
      .sort((a, b) => a.AP - b.AP),
    worstImages: worstImages(report, dataset),
  }
}

function worstImages({ worst }: EvaluationReport, { images }: Dataset): Reached['worstImages'] {
  const counts = new Map<number, { missed: number; wrong: number }>()
  for (const { kind, imageId } of worst) {
    const count = counts.get(imageId) ?? { missed: 0, wrong: 0 }
    counts.set(imageId, count)
    if (kind === 'missed') count.missed++
    if (kind === 'false-positive') count.wrong++
  }
  return images
    .map(({ id, fileName }) => ({ file: fileName, ...(counts.get(id) ?? { missed: 0, wrong: 0 }) }))
    .filter(({ missed, wrong }) => missed + wrong > 0)
    .sort((a, b) => b.missed + b.wrong - a.missed - a.wrong)
}
