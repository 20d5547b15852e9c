import type { JsonObject } from '../formats/json-fields.ts'
import type { ListName, RawAnnotation, RawCategory, RawCoco, RawImageEntry } from './raw-coco.ts'
import type { Survey } from './survey.ts'

/**
 * `error`: training or evaluation fails, or its figures are wrong. `warning`: labels are probably wrong or harm the
 * model. `note`: worth knowing, may be meant.
 */
export type Severity = 'error' | 'warning' | 'note'

export type Unit = 'files' | 'images' | 'annotations' | 'categories'

/** One thing that a check found. */
export interface Finding {
  /** The annotation file. */
  readonly file: string
  /** Place in the file, for example `annotations[3]`; empty where the file as a whole is meant. */
  readonly where: string
  /** File name of the image concerned, where there is one. */
  readonly image?: string
  readonly imageId?: number
  readonly annotationId?: number
  /** What is the matter here, in a few words. */
  readonly detail: string
}

/** A change of one entry of a file. */
export interface Repair {
  readonly list: ListName
  readonly index: number
  /** What the entry becomes; removed where absent. */
  readonly entry?: JsonObject
}

/** One thing that can be wrong with labelled data: how it is found, why it matters, and what can be done. */
export interface Check {
  /** Kebab-case; stands in reports and in the documentation. */
  readonly name: string
  readonly title: string
  readonly severity: Severity
  /** Why it matters: one sentence. */
  readonly why: string
  /** What to do about it: one sentence. */
  readonly advice: string
  /** What is counted: findings are told as a share of all of them. */
  readonly unit: Unit
  /** Has nothing to go by where the images were not looked at. */
  readonly needsImages?: boolean
  /** Limits by name; the documentation lists them. */
  readonly thresholds?: Readonly<Record<string, number>>
  find(survey: Survey): Iterable<Finding>
  readonly repair?: {
    /** What is done, one sentence for documentation and reports. */
    readonly does: string
    /** Changes that are safe: they follow from the rest of the file or the images, and invent nothing. */
    changes(file: RawCoco, survey: Survey): Iterable<Repair>
  }
}

export function fileFinding(file: RawCoco, detail: string): Finding {
  return { file: file.name, where: '', detail }
}

export function categoryFinding(file: RawCoco, category: RawCategory, detail: string): Finding {
  return { file: file.name, where: `categories[${category.index}]`, detail }
}

export function imageFinding(file: RawCoco, image: RawImageEntry, detail: string): Finding {
  return { file: file.name, where: `images[${image.index}]`, ...imageOf(image), detail }
}

export function annotationFinding(file: RawCoco, annotation: RawAnnotation, detail: string): Finding {
  const image = annotation.imageId === undefined ? undefined : file.imageById.get(annotation.imageId)
  return {
    file: file.name,
    where: `annotations[${annotation.index}]`,
    ...(image ? imageOf(image) : { imageId: annotation.imageId }),
    annotationId: annotation.id,
    detail,
  }
}

function imageOf({ id, fileName }: RawImageEntry): Pick<Finding, 'image' | 'imageId'> {
  return { image: fileName, imageId: id }
}
