import { figuresOf } from '../evaluation/category-table.ts'
import type { CocoEvaluation } from '../evaluation/coco-metric.ts'
import type { EvaluateFlags } from './evaluate-flags.ts'
import type { Evaluated } from './evaluate-sources.ts'
import { printJson, printLine } from './print.ts'

type Names = ReadonlyMap<number, string>
type Asked = Pick<EvaluateFlags, 'maxDetections' | 'perClass'>

/** COCO's figures of each kind; the figures beyond 100 detections and of single categories where asked for. */
export async function printFiguresJson(evaluated: Evaluated, asked: Asked): Promise<void> {
  const { evaluations } = evaluated
  const names = await namesOf(evaluated, asked)
  const entries = Object.entries(evaluations).map(([kind, evaluation]) => [
    kind,
    {
      ...evaluation.stats,
      ...(asked.maxDetections !== undefined && { overall: overallOf(evaluation) }),
      ...(asked.perClass && { categories: categoriesOf(evaluation, names) }),
    },
  ])
  printJson(Object.fromEntries(entries))
}

/** The same for people: a line a kind, a table of categories. */
export async function printFigures(evaluated: Evaluated, asked: Asked): Promise<void> {
  const names = await namesOf(evaluated, asked)
  for (const [kind, evaluation] of Object.entries(evaluated.evaluations)) {
    printLine(`${kind.padEnd(9)} ${cellsOf(evaluation.stats)}`)
    if (asked.maxDetections !== undefined) {
      const { maxDetections, ...figures } = overallOf(evaluation)
      printLine(`${kind.padEnd(9)} ${cellsOf(figures)}  with up to ${maxDetections} detections`)
    }
    if (asked.perClass) for (const line of categoryLines(evaluation, names)) printLine(line)
  }
}

async function namesOf({ categories }: Evaluated, { perClass }: Asked): Promise<Names> {
  return new Map(perClass ? (await categories()).map(({ id, name }) => [id, name]) : [])
}

function overallOf(evaluation: CocoEvaluation) {
  const { maxDetections } = evaluation.params
  return { maxDetections: maxDetections[maxDetections.length - 1], ...figuresOf(evaluation) }
}

function categoriesOf(evaluation: CocoEvaluation, names: Names) {
  return evaluation.categoryIds.map((id, k) => ({
    id,
    name: names.get(id) ?? `${id}`,
    ...figuresOf(evaluation, k),
  }))
}

/** Columns under one another, the best category first. */
function categoryLines(evaluation: CocoEvaluation, names: Names): string[] {
  const rows = categoriesOf(evaluation, names).toSorted((a, b) => b.AP - a.AP)
  const width = Math.max(...rows.map(({ name }) => name.length), 0)
  return rows.map(({ id: _, name, ...figures }) => `  ${name.padEnd(width)}  ${cellsOf(figures)}`)
}

function cellsOf(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${(value < 0 ? '-' : value.toFixed(3)).padEnd(5)}`)
    .join('  ')
    .trimEnd()
}
