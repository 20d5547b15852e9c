/** Labelled images as the doctor looks at them before a training. */
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { CHECKS } from '../../doctor/checks.ts'
import { type CheckReport, examine } from '../../doctor/examine.ts'
import type { ImageProbe } from '../../doctor/image-probe.ts'
import { indexCoco } from '../../doctor/raw-coco.ts'
import type { Survey } from '../../doctor/survey.ts'
import { DataError } from '../../errors.ts'
import { cocoText } from '../../formats/coco/coco-writer.ts'
import { nearestName } from '../../names/nearest-name.ts'
import { loadDetectorScale } from '../data/detector-scale.ts'
import { findingsLine, reportText } from '../data/doctor-report.ts'
import { probeFolder } from '../data/probed-folder.ts'
import { say } from '../print.ts'

/** Labelled images of one folder. */
export interface LabelledImages {
  /** The labels as messages name them. */
  readonly name: string
  readonly dataset: Dataset
  readonly images: string
}

export interface ExaminedImages extends LabelledImages {
  /** By file name; of images that can be read. */
  readonly probes: ReadonlyMap<string, ImageProbe>
}

/** Settings are chosen by the sizes of the objects, so what the default ones make of them says nothing. */
const OF_SETTINGS = ['small-objects', 'unmatched-anchors']
/** Images that cannot be read are left out instead. */
const CURED = ['unreadable-images']
const MOST_NAMED = 3

/**
 * Looks at everything as `data doctor` does. Images that cannot be read are told and left out, warnings are told in a line each.
 * Throws `DataError` where there are errors, which are told in the doctor's words.
 * @param files names of the images that are there, for names that are nearly theirs
 */
export async function examinedData(
  sides: readonly LabelledImages[],
  files: readonly string[],
  signal: AbortSignal,
): Promise<ExaminedImages[]> {
  const looked: ExaminedImages[] = []
  for (const side of sides) {
    const names = side.dataset.images.map(({ fileName }) => fileName)
    looked.push(readable({ ...side, probes: await probeFolder(side.images, names, signal) }))
  }
  const survey = await surveyOf(looked)
  const checks = CHECKS.filter(({ name }) => ![...OF_SETTINGS, ...CURED].includes(name))
  const reports = examine(survey, checks)
  const errors = reports.filter(({ check }) => check.severity === 'error')
  if (errors.length > 0) throw refused(survey, errors, files)
  for (const report of reports) {
    if (report.check.severity === 'warning') say(`warning: ${findingsLine(report, survey)}`)
  }
  return looked
}

/** Without the images that cannot be read. Throws `DataError` where none can. */
function readable(side: ExaminedImages): ExaminedImages {
  const reasons = [...side.probes].flatMap(([name, probe]) =>
    probe.kind === 'unreadable' ? [[name, probe.reason] as const] : [],
  )
  if (reasons.length === 0) return side
  for (const [name, reason] of reasons.slice(0, MOST_NAMED)) say(`left out: ${name}: ${reason}`)
  const broken = new Set(reasons.map(([name]) => name))
  const { dataset } = side
  const images = dataset.images.filter(({ fileName }) => !broken.has(fileName))
  if (images.length === 0) throw new DataError('no image can be read', { where: side.images })
  say(`${broken.size} of ${dataset.images.length} images cannot be read and are left out`)
  const annotations = new Map(images.map(({ id }) => [id, annotationsOf(dataset, id)]))
  return { ...side, dataset: { ...dataset, images, annotations } }
}

async function surveyOf(sides: readonly ExaminedImages[]): Promise<Survey> {
  const files = sides.map(({ name, dataset, probes }) =>
    indexCoco({ name, document: JSON.parse([...cocoText(dataset)].join('')), probes }),
  )
  return { files, detector: await loadDetectorScale() }
}

function refused(survey: Survey, errors: readonly CheckReport[], files: readonly string[]): DataError {
  for (const line of reportText(survey, errors)) say(line)
  const missing = errors.find(({ check }) => check.name === 'missing-images')?.findings ?? []
  for (const { image = '' } of missing.slice(0, MOST_NAMED)) {
    const near = nearestName(image, files)
    if (near !== undefined) say(`\nThere is no ${image}; did you mean ${near}?`)
  }
  const titles = errors.map(({ check }) => check.name).join(', ')
  return new DataError('the labels have errors, so nothing is trained', {
    where: survey.files.map(({ name }) => name).join(', '),
    got: titles,
    hint: 'Correct what is told above; of COCO files "maskwright data doctor --fix" corrects what is safe',
  })
}
