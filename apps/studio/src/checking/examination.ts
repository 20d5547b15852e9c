/** The doctor on the labels of the page. Loaded when it is first wanted. */

import type { DatasetImage } from '../../../../src/data/dataset.ts'
import type { Check, Repair, Severity } from '../../../../src/doctor/check.ts'
import { CHECKS } from '../../../../src/doctor/checks.ts'
import { examine } from '../../../../src/doctor/examine.ts'
import type { ImageProbe } from '../../../../src/doctor/image-probe.ts'
import { indexCoco } from '../../../../src/doctor/raw-coco.ts'
import type { Survey } from '../../../../src/doctor/survey.ts'
import { parseCoco } from '../../../../src/formats/coco/coco.ts'
import { annotationJson, categoryJson, imageJson } from '../../../../src/formats/coco/coco-writer.ts'
import { usualScale } from '../../../../src/models/detector-scale.ts'
import type { StudioCategory, StudioImage, StudioObject } from '../project/coco-document.ts'

const OF_PHOTOS = CHECKS.filter(({ needsImages }) => needsImages).length

/** How many checks have something to go by. */
export function checkCounts(hasProbes: boolean): { readonly own: number; readonly all: number } {
  return { own: CHECKS.length - (hasProbes ? 0 : OF_PHOTOS), all: CHECKS.length }
}

export interface ToldFinding {
  readonly imageId?: number
  readonly image?: string
  readonly annotationId?: number
  readonly detail: string
  /** The object as it becomes, undefined where it goes; absent where nothing is mended by itself. */
  readonly remedy?: { readonly object?: StudioObject }
}

export interface ToldCheck {
  readonly name: string
  readonly title: string
  readonly severity: Severity
  readonly why: string
  readonly advice: string
  /** What is done by itself, in a sentence. */
  readonly does?: string
  readonly findings: readonly ToldFinding[]
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note']

/**
 * What is found, the worst first.
 * @param probes of photos that were looked at, by the ids of their images
 */
export function examined(
  images: readonly StudioImage[],
  annotations: readonly StudioObject[],
  categories: readonly StudioCategory[],
  probes?: ReadonlyMap<number, ImageProbe>,
): ToldCheck[] {
  const dataset = parseCoco({ images, annotations, categories }, 'labels', { onDegenerate: 'keep' })
  const document = {
    images: dataset.images.map(imageJson),
    annotations: dataset.images.flatMap(({ id }) => (dataset.annotations.get(id) ?? []).map(annotationJson)),
    categories: dataset.categories.map(categoryJson),
  }
  const file = {
    ...indexCoco({ name: 'labels', document }),
    ...(probes && { probes: byName(dataset.images, probes) }),
  }
  const survey: Survey = { files: [file], detector: usualScale() }
  const reports = examine(survey).map(({ check, findings }): ToldCheck => {
    const remedies = remediesOf(check, survey)
    const isMended = findings.some(({ where }) => remedies.has(where))
    const { name, title, severity, why, advice } = check
    return {
      ...{ name, title, severity, why, advice },
      ...(isMended && { does: check.repair?.does }),
      findings: findings.map(({ imageId, image, annotationId, detail, where }) => {
        const repair = remedies.get(where)
        return {
          ...{ imageId, image, annotationId, detail },
          ...(repair && { remedy: { object: repair.entry as unknown as StudioObject | undefined } }),
        }
      }),
    }
  })
  return reports.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

/** By the place of the annotation that they change; what is done to the lists of images and categories is left to the command line. */
function remediesOf({ repair }: Check, survey: Survey): Map<string, Repair> {
  const changes = [...(repair?.changes(survey.files[0], survey) ?? [])]
  return new Map(
    changes.filter(({ list }) => list === 'annotations').map((one) => [`annotations[${one.index}]`, one]),
  )
}

function byName(
  images: readonly DatasetImage[],
  probes: ReadonlyMap<number, ImageProbe>,
): Map<string, ImageProbe> {
  return new Map(
    images.flatMap(({ id, fileName }) => {
      const probe = probes.get(id)
      return probe ? [[fileName, probe] as const] : []
    }),
  )
}
