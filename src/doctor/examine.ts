import type { OpenChunks } from '../formats/coco/coco-stream.ts'
import type { Check, Finding, Severity, Unit } from './check.ts'
import { CHECKS } from './checks.ts'
import { readLenientJson } from './lenient-json.ts'
import { indexCoco, type RawCoco } from './raw-coco.ts'
import type { Survey } from './survey.ts'

/** A check that found something. */
export interface CheckReport {
  readonly check: Check
  readonly findings: readonly Finding[]
}

/** Reads a COCO file with all its mistakes. Throws `DataError` where it is not JSON, or no object. */
export async function readRawCoco(open: OpenChunks, name: string): Promise<RawCoco> {
  return indexCoco({ name, ...(await readLenientJson(open, name)) })
}

/** Runs every check; those that found nothing are left out. `onCheck` is told of each before it runs. */
export function examine(
  survey: Survey,
  checks: readonly Check[] = CHECKS,
  onCheck?: (check: Check, index: number) => void,
): CheckReport[] {
  return checks
    .map((check, i) => {
      onCheck?.(check, i)
      return { check, findings: [...check.find(survey)] }
    })
    .filter(({ findings }) => findings.length > 0)
}

/** Checks that had nothing to go by in some files, whose images were not looked at. */
export interface BlindChecks {
  readonly checks: readonly Check[]
  /** Names of the files; all that have images where the checks did not run at all. */
  readonly files: readonly string[]
  readonly ranNowhere: boolean
}

/** What could not be examined for want of images. */
export function blindChecks({ files }: Survey, checks: readonly Check[]): BlindChecks {
  const withImages = files.filter(({ images }) => images.length > 0)
  const unseen = withImages.filter(({ probes }) => probes === undefined).map(({ name }) => name)
  return {
    checks: unseen.length > 0 ? checks.filter(({ needsImages }) => needsImages) : [],
    files: unseen,
    ranNowhere: unseen.length === withImages.length,
  }
}

/** Findings of each severity. */
export function countSeverities(reports: readonly CheckReport[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 }
  for (const { check, findings } of reports) counts[check.severity] += findings.length
  return counts
}

/** How many there are of each unit in all files together. */
export function unitTotals({ files }: Survey): Record<Unit, number> {
  const sum = (of: (file: RawCoco) => number) => files.reduce((total, file) => total + of(file), 0)
  return {
    files: files.length,
    images: sum(({ images }) => images.length),
    annotations: sum(({ annotations }) => annotations.length),
    categories: sum(({ categories }) => categories.length),
  }
}
