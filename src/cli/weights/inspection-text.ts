import type { LikelyArchitecture } from '../../models/likely-architectures.ts'
import { mismatchText, missingText } from '../../weights/match-weights.ts'
import { summarizeAll } from '../../weights/tensor-summary.ts'
import { table } from '../data/text-table.ts'
import type { InspectedTensor, Inspection } from './inspection.ts'

/** Of each list of names. */
const MOST_NAMES = 5
const LONGEST_METADATA = 200
/** Below this the weights are those of another model. */
const LIKELY = 0.5

/** What was found, as lines: the file, the likeliest model and how it differs, and the modules down to `depth`. */
export function* inspectionText(inspection: Inspection, depth: number): Generator<string> {
  const { file, format, tensors, members, model, metadata, architectures } = inspection
  yield `${file}: ${format}, ${tensors.length} tensors, ${totals(tensors)}`
  if (members.length > 0) yield `Members: ${members.join(', ')}`
  // What is short comes first.
  const parts = Object.entries(metadata).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  const said = parts.sort((a, b) => a.length - b.length).join(', ')
  if (!model && said !== '')
    yield `Metadata: ${said.length > LONGEST_METADATA ? `${said.slice(0, LONGEST_METADATA)}…` : said}`
  if (model)
    yield `Model: ${model.model} of ${model.numClasses} classes with the background, in a file of Maskwright`
  else yield* architectureText(architectures)
  const { nan, infinite } = summarizeAll(tensors)
  if (nan + infinite > 0) yield `Damaged: ${nan} NaN and ${infinite} infinite numbers`
  yield ''
  yield* table([
    ['module', 'shape', 'dtype', 'numbers', 'size', 'norm', 'range', 'NaN, Inf'],
    ...rows(tensors, depth),
  ])
}

function* architectureText([best, ...others]: readonly LikelyArchitecture[]): Generator<string> {
  if (!best || best.score < LIKELY) {
    yield `Likeliest model: none of the presets${best ? ` (${best.preset} has ${share(best)})` : ''}`
    return
  }
  const { preset, numClasses, names, differences } = best
  yield `Likeliest model: ${preset} of ${numClasses} classes with the background, names of ${names}: ${share(best)}`
  const alike = others.filter(({ score }) => score === best.score)
  if (alike.length > 0) yield `  as well: ${alike.map((other) => other.preset).join(', ')}`
  const { missing, unexpected, mismatched } = differences
  yield* namesText('missing', missing.map(missingText))
  yield* namesText('of another shape', mismatched.map(mismatchText))
  yield* namesText('not of the model', unexpected)
}

function share({ wanted, differences }: LikelyArchitecture): string {
  return `${differences.fitting.length} of its ${wanted} weights`
}

function* namesText(what: string, names: readonly string[]): Generator<string> {
  if (names.length === 0) return
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : ''
  yield `  ${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more}`
}

/** A row for each module, its modules and tensors below it; those that are deeper are summed up in theirs. */
function rows(tensors: readonly InspectedTensor[], depth: number, level = 0): string[][] {
  const groups = new Map<string, InspectedTensor[]>()
  for (const tensor of tensors) {
    const part = tensor.name.split('.')[level]
    const group = groups.get(part)
    if (group) group.push(tensor)
    else groups.set(part, [tensor])
  }
  return [...groups].flatMap(([part, group]) => {
    const [first] = group
    const isTensor = group.length === 1 && first.name.split('.').length === level + 1
    const shape = isTensor
      ? `[${first.shape.join(', ')}]`
      : group.length === 1
        ? '1 tensor'
        : `${group.length} tensors`
    const dtypes = new Set(group.map(({ dtype }) => dtype))
    const row = [`${'  '.repeat(level)}${part}`, shape, [...dtypes].join(' '), ...figures(group)]
    const isDeeper = !isTensor && level + 1 < depth
    return [
      row,
      ...(isDeeper
        ? rows(
            group.filter(({ name }) => name.split('.').length > level + 1),
            depth,
            level + 1,
          )
        : []),
    ]
  })
}

function figures(tensors: readonly InspectedTensor[]): string[] {
  const { elements, norm, min, max, nan, infinite } = summarizeAll(tensors)
  const range = min === null || max === null ? '-' : `${min.toPrecision(3)} to ${max.toPrecision(3)}`
  return [
    `${elements}`,
    sizeText(bytesOf(tensors)),
    norm.toPrecision(4),
    range,
    nan + infinite > 0 ? `${nan}, ${infinite}` : '-',
  ]
}

function totals(tensors: readonly InspectedTensor[]): string {
  return `${tensors.reduce((sum, { elements }) => sum + elements, 0)} numbers, ${sizeText(bytesOf(tensors))}`
}

function bytesOf(tensors: readonly InspectedTensor[]): number {
  return tensors.reduce((sum, { bytes }) => sum + bytes, 0)
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
