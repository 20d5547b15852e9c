/** What eight bits cost a model, beside float32: in AP where there are annotations, else in what is found. */
import type { IouType } from '../evaluation/evaluation-params.ts'
import type { QuantizationRecord } from '../models/int8-graph.ts'
import { decodeImage } from '../node/decode-image.ts'
import { nodePlatform } from '../node/platform.ts'
import { type Agreement, agreement } from '../predict/agreement.ts'
import { type Detector, loadDetector } from '../predict/detector.ts'
import { readingFor } from '../predict/model-reading.ts'
import type { FloatReason } from '../quantization/static-quantization.ts'
import { evaluateModel } from './evaluate-sources.ts'
import { say } from './print.ts'
import { startProgress } from './progress.ts'

/** AP by kind of figures. */
export type Precisions = Partial<Record<IouType, number>>

export interface Int8Cost {
  readonly float32?: Precisions
  readonly int8?: Precisions
  readonly agreement?: Agreement
}

/** Bytes of the same model with eight bits, and where float32 is found. */
export interface Compared {
  readonly float: string
  readonly int8: Uint8Array
}

/** AP of both on annotated images. */
export async function costInPrecision(
  { float, int8 }: Compared,
  files: { readonly images: string; readonly annotations: string },
  signal: AbortSignal,
): Promise<Int8Cost> {
  const figures = async (what: string, model: string | Uint8Array) => {
    say(`${what}:`)
    const { evaluations } = await evaluateModel(model, { ...files, device: 'cpu' }, signal)
    return Object.fromEntries(
      Object.entries(evaluations).map(([kind, { stats }]) => [kind, stats.AP]),
    ) as Precisions
  }
  return { float32: await figures('float32', float), int8: await figures('int8', int8) }
}

/** Images that are looked at by both where there are no annotations. */
const MOST_IMAGES = 8

/** What both find in the first of some images, at a score of 0.5. */
export async function costInAgreement(
  { float, int8 }: Compared,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Int8Cost> {
  const compared = files.slice(0, MOST_IMAGES)
  const progress = startProgress(2 * compared.length, 'images')
  let done = 0
  const instancesOf = async (model: string | Uint8Array) => {
    await using detector: Detector<never> = await loadDetector(nodePlatform, model, { device: 'cpu' })
    const { reading } = readingFor(detector.metadata, {})
    const found = []
    for (const name of compared) {
      found.push((await detector.detect(await decodeImage(name, reading), { signal, name })).instances)
      progress.step(++done, name)
    }
    return found
  }
  try {
    const [first, second] = [await instancesOf(float), await instancesOf(int8)]
    return { agreement: agreement(first.map((own, i) => ({ first: own, second: second[i] }))) }
  } finally {
    progress.end()
  }
}

/** Which layers have eight bits, and what that costs, in lines. */
export function costLines(
  { method, percentile, images, layers, float }: QuantizationRecord,
  { float32 = {}, int8 = {}, agreement: alike }: Int8Cost,
): string[] {
  const how = percentile === undefined ? method : `${method} ${percentile}`
  const named = Object.entries(float)
  const lines = [
    `${layers.length} of ${layers.length + named.length} layers have eight bits, calibrated by ${how} on ${counted(images, 'image')}`,
  ]
  for (const [reason, what] of Object.entries(REASONS)) {
    const names = named.flatMap(([name, own]) => (own === reason ? [name] : []))
    if (names.length > 0) lines.push(`float32, ${what}: ${names.join(', ')}`)
  }
  for (const [kind, before] of Object.entries(float32)) {
    const after = int8[kind as IouType] ?? Number.NaN
    lines.push(
      `${kind} AP ${before.toFixed(4)} with float32, ${after.toFixed(4)} with int8: ${signed(after - before)}`,
    )
  }
  if (alike) {
    const { first, second, both, boxes, scores } = alike
    lines.push(
      `on ${counted(alike.images, 'image')} ${first} found with float32, ${second} with int8, ${both} by both` +
        (both > 0
          ? `: sides of boxes differ by ${boxes.toFixed(2)} px, scores by ${scores.toFixed(3)} in the mean`
          : ''),
    )
  }
  return lines
}

const REASONS: Readonly<Record<FloatReason, string>> = {
  last: 'since nothing evens out their errors',
  noise: 'since eight bits disturb them too much',
  unseen: 'since no image reached them',
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`
}
