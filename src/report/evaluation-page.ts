/** The report of an evaluation: one HTML file without references to anything outside it. */
import type { Calibration } from '../evaluation/calibration.ts'
import type { EvaluationReport } from '../evaluation/report.ts'
import { chartFigures } from './charts.ts'
import { CONFUSION_STYLE, confusionSection } from './confusion-section.ts'
import { calibrationChart, operatingChart, precisionRecallCharts, rounded } from './evaluation-charts.ts'
import {
  binTable,
  categoryTable,
  EVALUATION_STYLE,
  errorTable,
  instanceTable,
  statsTable,
} from './evaluation-tables.ts'
import { GALLERY_SCRIPT, GALLERY_STYLE, gallery } from './gallery.ts'
import type { GalleryCase } from './gallery-case.ts'
import { escaped, factList, figureText } from './markup.ts'
import { htmlPage, type PlotAssets } from './page.ts'
import { TABLE_SCRIPT, TABLE_STYLE } from './sortable-table.ts'

export interface EvaluationPageInput {
  /** The model or the file of results. */
  readonly subject: string
  /** The file of annotations. */
  readonly annotations: string
  /** COCO's figures by kind of IoU. */
  readonly stats: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Of the kind of IoU that everything but the first table is about. */
  readonly report: EvaluationReport
  readonly cases: readonly GalleryCase[]
  /** Said above the cases: where their pictures are from, or why there are none. */
  readonly galleryNote: string
  readonly assets: PlotAssets
}

const MEASURED = {
  segm: 'masks',
  bbox: 'boxes',
  boundary: 'boundaries of masks',
  keypoints: 'keypoints',
} as const

/** Detections an image and category in COCO's own figures. */
const COCO_LIMIT = 100

/** The page as text. Everything that comes from files or settings is escaped. */
export function evaluationPage(input: EvaluationPageInput): string {
  const { subject, annotations, report, cases, galleryNote, assets } = input
  const { calibration, confusion, errors, instances, operating, iouThreshold, minScore, overall } = report
  const curves = precisionRecallCharts(report)
  const charts = [
    ...curves,
    operatingChart(operating),
    ...(calibration.bins.length > 0 ? [calibrationChart(calibration)] : []),
  ]
  const at = `IoU ${rounded(iouThreshold)}`
  const body = `<h1>Evaluation of ${escaped(subject)}</h1>
<p class="pale">Against ${escaped(annotations)}. Unless it says otherwise, figures are of ${MEASURED[report.iouType]}, and a detection has found an object from ${at} on.</p>
${summary(report)}
<h2>COCO's figures</h2>
${statsTable(input.stats)}
<p class="pale">As COCO's tool computes them. ${limitNote(report)}</p>
<h2>Curves</h2>
${curves.length ? chartFigures(curves) : '<p class="pale">There is nothing to find.</p>'}
<h2>By category</h2>
${categoryTable(report)}
<p class="pale">Press the title of a column to sort by it. Figures are at up to ${overall.maxDetections} detections an image and category; best score, precision, recall and F1 are where F1 of the category is best.</p>
<h2>What keeps AP from being higher</h2>
${errorTable(errors)}
<p class="pale">After TIDE, at ${at} (AP ${figureText(errors.AP)}): how much AP would rise if errors of one kind alone were put right, and how many there are.</p>
<h2>Confusion</h2>
${confusionSection(confusion)}
<p class="pale">Detections with a score of at least ${figureText(minScore)}, coloured by share of the row. The column of the background holds missed objects, its row detections on no object.</p>
<h2>Scores</h2>
${chartFigures(charts.slice(curves.length), curves.length)}
<p class="pale">F1 is best, ${figureText(operating.best.f1)}, with detections that score at least ${figureText(operating.best.score)}: precision ${figureText(operating.best.precision)}, recall ${figureText(operating.best.recall)}. ${reliability(calibration)}
${instances ? `<h2>Counting objects</h2>\n${instanceTable(instances)}\n<p class="pale">Detections with a score of at least ${figureText(minScore)}. Over all these thresholds the mean F1 is ${figureText(instances.meanF1)} and the mean over images of TP / (TP + FN + FP) ${figureText(instances.meanAccuracy)}.</p>` : ''}
<h2>Worst cases</h2>
${gallery(cases, galleryNote)}`
  return htmlPage({
    title: `${subject} – evaluation`,
    body,
    charts,
    assets,
    style: EVALUATION_STYLE + CONFUSION_STYLE + TABLE_STYLE + GALLERY_STYLE,
    scripts: [TABLE_SCRIPT, GALLERY_SCRIPT],
  })
}

function summary({ overall, operating, instances, calibration, counts, iouThreshold }: EvaluationReport) {
  const found = instances?.scores.find((score) => score.iouThreshold === iouThreshold)
  const number = (value: number) => value.toLocaleString('en-US')
  const entries: (readonly [string, string])[] = [
    ...(['AP', 'AP50', 'AR'] as const).map((name) => [name, figureText(overall[name])] as const),
    ['F1 at its best', figureText(found?.f1 ?? operating.best.f1)],
    ...(found ? [['TP / (TP + FN + FP)', figureText(found.accuracy)] as const] : []),
    ['Best score threshold', figureText(operating.best.score)],
    ['Calibration error', figureText(calibration.expectedError)],
    ['Images', number(counts.images)],
    ['Objects', `${number(counts.groundTruths)}${counts.crowds ? ` + ${number(counts.crowds)} crowds` : ''}`],
    ['Detections', number(counts.detections)],
  ]
  return factList(entries)
}

function reliability(calibration: Calibration): string {
  if (calibration.bins.length === 0)
    return 'Scores outside 0 to 1 cannot be shares: their reliability is not told.</p>'
  return `Where scores are reliable, the share that is right follows the diagonal; the mean distance from it is ${figureText(calibration.expectedError)}.</p>
<details><summary>Detections by score</summary>${binTable(calibration)}</details>`
}

/** How many detections count, where that makes a difference. */
function limitNote({
  iouType,
  overall: { maxDetections },
  counts: { beyondLimit },
}: EvaluationReport): string {
  const isBeyond = iouType !== 'keypoints' && maxDetections > COCO_LIMIT
  const wider = `COCO counts the best ${COCO_LIMIT} detections of an image and category; all other figures on this page count up to ${maxDetections}.`
  const left = `${beyondLimit.toLocaleString('en-US')} detections were left out: only the best ${maxDetections} of an image and category count.`
  return [...(isBeyond ? [wider] : []), ...(beyondLimit > 0 ? [left] : [])].join(' ')
}
