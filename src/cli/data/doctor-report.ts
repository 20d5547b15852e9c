import { basename } from 'node:path'
import type { Check, Finding, Unit } from '../../doctor/check.ts'
import { CHECK_GROUPS } from '../../doctor/checks.ts'
import { blindChecks, type CheckReport, countSeverities, unitTotals } from '../../doctor/examine.ts'
import type { RepairCount } from '../../doctor/repair.ts'
import type { Survey } from '../../doctor/survey.ts'

/** All that a run of the doctor found out. */
export interface Examination {
  readonly survey: Survey
  /** Of the images, for each file; undefined where they were not looked at. */
  readonly folders: readonly (string | undefined)[]
  readonly checks: readonly Check[]
  readonly reports: readonly CheckReport[]
  fixed?: {
    readonly outputs: readonly string[]
    readonly counts: readonly RepairCount[]
    /** What is still found in the corrected copies. */
    readonly left: readonly CheckReport[]
  }
}

const EXAMPLES = 5
const LINE_WIDTH = 110
const INDENT = ' '.repeat(10)

/** The report as lines for people; the last one sums it up. */
export function* doctorText(examination: Examination): Generator<string> {
  const { survey, reports, folders, fixed } = examination
  for (const [i, { name, images, annotations, categories }] of survey.files.entries()) {
    const counts = [counted(images.length, 'images'), counted(annotations.length, 'annotations')]
    const seen = folders[i] === undefined ? 'images not looked at' : `images in ${folders[i]}`
    yield `${name}: ${counts.join(', ')}, ${counted(categories.length, 'categories')}; ${seen}`
  }
  const totals = unitTotals(survey)
  const labels = fileLabels(survey.files.map(({ name }) => name))
  for (const [group, checks] of Object.entries(CHECK_GROUPS)) {
    const own = reports.filter(({ check }) => checks.includes(check))
    if (own.length > 0) yield `\n${group}`
    for (const report of own) yield* checkText(report, totals, labels)
  }
  if (fixed) yield* fixText(fixed)
  yield* blindText(examination)
  yield ''
  yield summaryLine(examination)
}

/** Of reports: titles, reasons, advice and examples, one after the other. */
export function* reportText(survey: Survey, reports: readonly CheckReport[]): Generator<string> {
  const totals = unitTotals(survey)
  const labels = fileLabels(survey.files.map(({ name }) => name))
  for (const report of reports) yield* checkText(report, totals, labels)
}

/** `Objects labelled twice [near-duplicates]: 3 of 120 annotations (2.5 %)`. */
export function findingsLine(
  { check: { title, name, unit }, findings }: CheckReport,
  survey: Survey,
): string {
  return `${title} [${name}]: ${shareOf(findings.length, unitTotals(survey)[unit], unit)}`
}

function* checkText({ check, findings }: CheckReport, totals: Record<Unit, number>, labels: FileLabels) {
  const { severity, title, name, why, advice, repair, unit } = check
  yield `\n  ${severity.padEnd(8)}${title} [${name}]: ${shareOf(findings.length, totals[unit], unit)}`
  yield* wrapped(why)
  yield* wrapped(advice)
  if (repair) yield* wrapped(`--fix: ${repair.does}`)
  for (const finding of findings.slice(0, EXAMPLES)) yield `${INDENT}- ${findingText(finding, labels)}`
  if (findings.length > EXAMPLES) yield `${INDENT}  and ${findings.length - EXAMPLES} more (all with --json)`
}

function findingText({ file, where, image, annotationId, detail }: Finding, labels: FileLabels): string {
  const id = annotationId === undefined ? '' : ` (id ${annotationId})`
  const place = [labels.get(file) ?? '', image ?? '', `${where}${id}`].filter((part) => part !== '').join(' ')
  return place === '' ? detail : `${place}: ${detail}`
}

type FileLabels = ReadonlyMap<string, string>

/** What names a file in an example: nothing where there is one alone, its last part where that tells them apart. */
function fileLabels(names: readonly string[]): FileLabels {
  if (names.length === 1) return new Map()
  const short = names.map((name) => basename(name))
  return new Map(names.map((name, i) => [name, new Set(short).size === names.length ? short[i] : name]))
}

function* fixText({ outputs, counts }: NonNullable<Examination['fixed']>): Generator<string> {
  yield `\nCorrected ${outputs.length === 1 ? 'copy' : 'copies'}: ${outputs.join(', ')}`
  if (counts.length === 0) yield '  nothing could be changed safely'
  for (const { check, file, changed, removed } of counts) {
    const done = [changed > 0 ? `${changed} changed` : '', removed > 0 ? `${removed} removed` : '']
    const where = outputs.length > 1 ? `${file}: ` : ''
    yield `  ${where}${check.name}: ${done.filter((part) => part !== '').join(', ')}`
  }
}

function* blindText({ survey, checks }: Examination): Generator<string> {
  const blind = blindChecks(survey, checks)
  if (blind.checks.length === 0) return
  const where = blind.ranNowhere ? '' : ` for ${blind.files.join(', ')}`
  yield `\nNot run${where} without the images (give their folder with --images):`
  yield* wrapped(blind.checks.map(({ name }) => name).join(', '))
}

/** `train.json: 3 errors, 1 warning, 2 notes; after the fix 1 error, 0 warnings, 2 notes`. */
export function summaryLine({ survey, reports, checks, fixed }: Examination): string {
  const names = survey.files.map(({ name }) => name).join(', ')
  const blind = blindChecks(survey, checks)
  const ran = checks.length - (blind.ranNowhere ? blind.checks.length : 0)
  const nothing = `nothing found by ${ran === checks.length ? ran : `${ran} of ${checks.length}`} checks`
  const rest = `${blind.checks.length} of ${checks.length} checks need the images`
  const unseen = blind.ranNowhere ? '' : ` of ${blind.files.join(', ')}`
  const missed = blind.checks.length > 0 ? `; ${rest}${unseen}, which were not looked at` : ''
  const found = `${reports.length === 0 ? nothing : severityText(reports)}${missed}`
  return `${names}: ${found}${fixed && reports.length > 0 ? `; left after the fix: ${severityText(fixed.left)}` : ''}`
}

function severityText(reports: readonly CheckReport[]): string {
  const { error, warning, note } = countSeverities(reports)
  return `${counted(error, 'errors')}, ${counted(warning, 'warnings')}, ${counted(note, 'notes')}`
}

/** `1 image`, `2 images`, `3 categories`: the plural is given. */
function counted(count: number, plural: string): string {
  return `${count} ${count === 1 ? plural.replace(/ies$/, 'y').replace(/s$/, '') : plural}`
}

function shareOf(count: number, total: number, unit: Unit): string {
  // Some checks look at parts of what they count, so that there can be more findings than units.
  if (unit === 'files' || count > total || total === 0) return counted(count, 'findings')
  return `${count} of ${counted(total, unit)} (${percent(count / total)})`
}

function percent(share: number): string {
  const value = 100 * share
  return value >= 10 ? `${value.toFixed(0)} %` : value >= 0.1 ? `${value.toFixed(1)} %` : 'under 0.1 %'
}

function* wrapped(text: string): Generator<string> {
  let line = INDENT
  for (const word of text.split(' ')) {
    if (line.length > INDENT.length && line.length + 1 + word.length > LINE_WIDTH) {
      yield line
      line = INDENT
    }
    line += line === INDENT ? word : ` ${word}`
  }
  yield line
}

/** Everything, for programs. */
export function doctorDocument(examination: Examination) {
  const { survey, folders, checks, reports, fixed } = examination
  const totals = unitTotals(survey)
  const blind = blindChecks(survey, checks)
  return {
    files: survey.files.map(({ name, images, annotations, categories }, i) => ({
      name,
      images: images.length,
      annotations: annotations.length,
      categories: categories.length,
      imagesFolder: folders[i] ?? null,
    })),
    comparedWith: survey.detector.name,
    checks: checks.map(({ name }) => name),
    withoutImages: { checks: blind.checks.map(({ name }) => name), files: blind.files },
    summary: countSeverities(reports),
    found: reports.map((report) => reportJson(report, totals)),
    fixed: fixed
      ? {
          outputs: fixed.outputs,
          repairs: fixed.counts.map(({ check, ...rest }) => ({ check: check.name, ...rest })),
          summary: countSeverities(fixed.left),
          left: fixed.left.map((report) => reportJson(report, totals)),
        }
      : null,
  }
}

function reportJson({ check, findings }: CheckReport, totals: Record<Unit, number>) {
  const { name, title, severity, why, advice, repair, thresholds, unit } = check
  return {
    name,
    title,
    severity,
    why,
    advice,
    fix: repair?.does ?? null,
    thresholds: thresholds ?? {},
    count: findings.length,
    unit,
    total: totals[unit],
    findings,
  }
}
