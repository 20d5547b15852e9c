import type { JsonObject } from '../formats/json-fields.ts'
import type { Check, Repair } from './check.ts'
import { CHECKS } from './checks.ts'
import { indexCoco, LISTS, type RawCoco } from './raw-coco.ts'
import type { Survey } from './survey.ts'

/** How many entries of a file a check's repair changed and removed. */
export interface RepairCount {
  readonly check: Check
  readonly file: string
  readonly changed: number
  readonly removed: number
}

export interface RepairedSurvey {
  readonly survey: Survey
  readonly counts: readonly RepairCount[]
}

/** A repair can uncover work for one before it, a clipped box without size for instance; two rounds are usual. */
const MOST_ROUNDS = 5

/** Makes every safe repair, check by check, until nothing is left to do. The files given stay as they are. */
export function repairSurvey(survey: Survey, checks: readonly Check[] = CHECKS): RepairedSurvey {
  const counts = new Map<string, RepairCount>()
  let files = survey.files
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let isDone = true
    for (const check of checks) {
      files = files.map((file) => {
        const repairs = [...(check.repair?.changes(file, { ...survey, files }) ?? [])]
        if (repairs.length === 0) return file
        isDone = false
        count(counts, check, file, repairs)
        return repaired(file, repairs)
      })
    }
    if (isDone) break
  }
  // What is written is JSON, whatever was read.
  files = files.map((file) => ({ ...file, dialect: [] }))
  return { survey: { ...survey, files }, counts: [...counts.values()] }
}

function count(
  counts: Map<string, RepairCount>,
  check: Check,
  { name }: RawCoco,
  repairs: readonly Repair[],
): void {
  const key = `${check.name} ${name}`
  const { changed, removed } = counts.get(key) ?? { changed: 0, removed: 0 }
  const kept = repairs.filter(({ entry }) => entry !== undefined).length
  counts.set(key, { check, file: name, changed: changed + kept, removed: removed + repairs.length - kept })
}

/** The file with its entries changed and removed; lists and members nothing is done to are those of the document. */
function repaired(file: RawCoco, repairs: readonly Repair[]): RawCoco {
  const document: Record<string, unknown> = { ...file.document }
  for (const list of LISTS) {
    const entries = document[list]
    const own = new Map(
      repairs.filter((repair) => repair.list === list).map((repair) => [repair.index, repair.entry]),
    )
    if (own.size === 0 || !Array.isArray(entries)) continue
    document[list] = entries.flatMap((entry: JsonObject, index) => {
      const change = own.get(index)
      return own.has(index) ? (change ? [change] : []) : [entry]
    })
  }
  return indexCoco({ ...file, document })
}
