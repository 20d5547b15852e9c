/** The doctor on the labels of the page. Loaded when it is first wanted. */

import type { Check, Repair, Severity } from '../../../../src/doctor/check.ts'
import { CHECKS } from '../../../../src/doctor/checks.ts'
import { examine } from '../../../../src/doctor/examine.ts'
import { indexCoco } from '../../../../src/doctor/raw-coco.ts'
import type { Survey } from '../../../../src/doctor/survey.ts'
import { parseCoco } from '../../../../src/formats/coco/coco.ts'
import { annotationJson, categoryJson, imageJson } from '../../../../src/formats/coco/coco-writer.ts'
import type { StudioCategory, StudioImage, StudioObject } from '../project/coco-document.ts'

/** Those that ask which sizes a model can find. */
const OF_A_MODEL: readonly string[] = ['small-objects', 'unmatched-anchors']
const OWN_CHECKS = CHECKS.filter(({ name, needsImages }) => !needsImages && !OF_A_MODEL.includes(name))

export const CHECK_COUNTS = { own: OWN_CHECKS.length, all: CHECKS.length }

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

/** What is found, the worst first. */
export function examined(
  images: readonly StudioImage[],
  annotations: readonly StudioObject[],
  categories: readonly StudioCategory[],
): ToldCheck[] {
  const dataset = parseCoco({ images, annotations, categories }, 'labels', { onDegenerate: 'keep' })
  const document = {
    images: dataset.images.map(imageJson),
    annotations: dataset.images.flatMap(({ id }) => (dataset.annotations.get(id) ?? []).map(annotationJson)),
    categories: dataset.categories.map(categoryJson),
  }
  const file = indexCoco({ name: 'labels', document })
  const survey: Survey = {
    files: [file],
    // Asked by none of the checks that run.
    detector: { name: 'none', resized: (size) => size, finestStride: 1 },
  }
  const reports = examine(survey, OWN_CHECKS).map(({ check, findings }): ToldCheck => {
    const remedies = remediesOf(check, survey)
    const { name, title, severity, why, advice } = check
    return {
      ...{ name, title, severity, why, advice },
      ...(remedies.size > 0 && { does: check.repair?.does }),
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
