/** What the runs come to, as the table of docs/benchmarks.md. */
import { withSection } from '../records/page-section.ts'
import { CLOSE_UP } from './close-ups.ts'
import type { Run } from './runs.ts'
import {
  BUDGETS,
  COMPARISONS,
  type Comparison,
  type DataName,
  NUCLEI,
  type Side,
  VARIANTS,
} from './variants.ts'

/** A difference is plain above so many times its spread. */
const PLAIN = 2
/** Fewer have no spread worth the name. */
const LEAST_SEEDS = 3

/** The page with its table anew. Throws where it has no place for one. */
export function withTable(page: string, runs: readonly Run[]): string {
  return withSection(page, 'ablations', tableOf(runs))
}

function tableOf(runs: readonly Run[]): string {
  const rows = COMPARISONS.map((comparison) => rowOf(comparison, runs))
  const cells = [
    ['proposed, or other', 'mask AP', 'difference', 'AP75', 'difference', 'the paper: the first is', 'here'],
    Array.from({ length: 7 }, () => '---'),
    ...rows.filter((row) => row !== undefined),
  ]
  return `${cells.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\n${footOf(runs)}\n`
}

function rowOf({ proposed, other, paper }: Comparison, runs: readonly Run[]): string[] | undefined {
  const sides = [proposed, other].map((side) => bySeed(side, runs))
  const seeds = [...sides[0].keys()].filter((seed) => sides[1].has(seed))
  if (seeds.length < LEAST_SEEDS) return undefined
  const columns = (['AP', 'AP75'] as const).map((figure) => {
    const [first, second] = sides.map((side) => seeds.map((seed) => side.get(seed)![figure]))
    const differences = seeds.map((_, i) => first[i] - second[i])
    return { both: `${spreadText(first)}, or ${spreadText(second)}`, differences }
  })
  const [ap, ap75] = columns
  return [
    `${proposed.name}, or ${other.name}`,
    ap.both,
    signed(ap.differences),
    ap75.both,
    signed(ap75.differences),
    paper,
    verdict(ap.differences, ap75.differences),
  ]
}

/** Figures of masks by seed. */
function bySeed({ variant, byClass }: Side, runs: readonly Run[]): Map<number, Run['mask']> {
  const own = runs.filter((run) => run.variant === variant)
  return new Map(own.map(({ seed, mask, maskByClass }) => [seed, (byClass && maskByClass) || mask]))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Standard deviation over seeds. */
function spread(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(values.length - 1, 1),
  )
}

function spreadText(values: readonly number[]): string {
  return `${mean(values).toFixed(3)} ± ${spread(values).toFixed(3)}`
}

function signed(differences: readonly number[]): string {
  return `${mean(differences) < 0 ? '−' : '+'}${Math.abs(mean(differences)).toFixed(3)} ± ${spread(differences).toFixed(3)}`
}

function verdict(ap: readonly number[], ap75: readonly number[]): string {
  const [said, strict] = [ap, ap75].map((differences) => {
    const size = Math.abs(mean(differences))
    if (size <= spread(differences)) return 'no difference'
    const word = mean(differences) > 0 ? 'better' : 'worse'
    return size > PLAIN * spread(differences) ? `**${word}**` : `perhaps ${word}`
  })
  return said === strict ? said : `${said}; AP75: ${strict}`
}

/** What all runs have in common, by the images they learn from. */
function footOf(runs: readonly Run[]): string {
  const seeds = new Set(runs.map(({ seed }) => seed)).size
  const { side, perImage } = CLOSE_UP
  const { evaluated, modality, maxSide } = NUCLEI
  const images: Readonly<Record<DataName, string>> = {
    nuclei: `Nuclei: the first ${evaluated} ${modality} images of at most ${maxSide} pixels are evaluated, at their own scale`,
    closeUps: `Close-ups (of the models without a pyramid and its counterpart, and of CenterMask): ${perImage} windows of ${side}x${side} pixels of each image, enlarged, in which a nucleus covers a tenth to a half, as few do in whole images`,
  }
  const lines = (Object.keys(images) as DataName[]).flatMap((name) => {
    const own = runs.filter(({ variant }) => VARIANTS[variant].data === name).map(({ step }) => step)
    if (own.length === 0) return []
    const { steps, batchSize, augment } = BUDGETS[name]
    const { height, width } = augment.crop
    const time = `${Math.min(...own).toFixed(2)} to ${Math.max(...own).toFixed(2)} s of processor time a step`
    return [`${images[name]}; ${steps} steps of ${batchSize} crops of ${height}x${width}, ${time}.`]
  })
  const dates = [...new Set(runs.map(({ date }) => date))].sort()
  const rule = `Mean and standard deviation of ${seeds} seeds; differences are taken seed by seed. One of no more than its own deviation counts as none, one of no more than ${PLAIN} times that only as perhaps one.`
  return [rule, ...lines, `${dates.join(', ')}.`].join(' ')
}
