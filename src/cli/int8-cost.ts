/** What eight bits cost a model, beside float32: in AP where there are annotations, else in what is found. */
import type { IouType } from '../evaluation/evaluation-params.ts'
import type { QuantizationRecord } from '../models/int8-graph.ts'
import { counted } from '../names/counted.ts'
import { nodePlatform } from '../node/platform.ts'
import { type Agreement, agreement } from '../predict/agreement.ts'
import { type Detector, type LoadOptions, loadDetector } from '../predict/detector.ts'
import type { Prediction } from '../predict/predictor.ts'
import type { FloatReason } from '../quantization/static-quantization.ts'
import type { NamedPicture } from './calibration-pictures.ts'
import { evaluateModel } from './evaluate-sources.ts'
import { say } from './print.ts'
import { startProgress } from './progress.ts'

/** AP by kind of figures. */
export type Precisions = Partial<Record<IouType, number>>

export interface Int8Cost {
  readonly float32?: Precisions
  readonly int8?: Precisions
  readonly agreement?: Agreement
  /** Time of int8 as part of that of float32, on the same images. */
  readonly timeRatio?: number
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

/** What both find in some images at a score of 0.5, and how long they take. */
export async function costInAgreement(
  { float, int8 }: Compared,
  pictures: readonly NamedPicture[],
  options: Pick<LoadOptions, 'threads' | 'max'>,
  signal: AbortSignal,
): Promise<Int8Cost> {
  const progress = startProgress(2 * pictures.length, 'images')
  let done = 0
  const predictionsOf = async (model: string | Uint8Array) => {
    await using detector: Detector<never> = await loadDetector(nodePlatform, model, {
      ...options,
      device: 'cpu',
    })
    const found = []
    for (const { name, decode } of pictures) {
      found.push(await detector.detect(await decode(), { signal, name }))
      progress.step(++done, name)
    }
    return found
  }
  try {
    const [first, second] = [await predictionsOf(float), await predictionsOf(int8)]
    return {
      agreement: agreement(
        first.map(({ instances }, i) => ({ first: instances, second: second[i].instances })),
      ),
      timeRatio: timeOf(second) / timeOf(first),
    }
  } finally {
    progress.end()
  }
}

/** Without the first image, on which memory is made, unless it is the only one. */
function timeOf(predictions: readonly Prediction[]): number {
  const timed = predictions.length > 1 ? predictions.slice(1) : predictions
  return timed.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
}

/** How many layers have eight bits, in a sentence without a full stop. */
export function quantizedLine({ method, percentile, images, layers, float }: QuantizationRecord): string {
  const how = percentile === undefined ? method : `${method} ${percentile}`
  const all = layers.length + Object.keys(float).length
  return `${layers.length} of ${all} layers have eight bits, calibrated by ${how} on ${counted(images, 'image')}`
}

/** What both find, and how long it takes; undefined where that was not compared. */
export function agreementLine({ agreement: alike, timeRatio }: Int8Cost): string | undefined {
  if (!alike) return undefined
  const { images, first, second, both, boxes, scores } = alike
  return (
    `on ${counted(images, 'image')} ${first} found with float32, ${second} with int8, ${both} by both` +
    (both > 0
      ? `: sides of boxes differ by ${boxes.toFixed(2)} px, scores by ${scores.toFixed(3)} in the mean`
      : '') +
    (timeRatio === undefined ? '' : `; in ${timeRatio.toFixed(2)} of the time`)
  )
}

/** Which layers have eight bits, and what that costs, in lines. */
export function costLines(record: QuantizationRecord, cost: Int8Cost): string[] {
  const { float32 = {}, int8 = {} } = cost
  const named = Object.entries(record.float)
  const lines = [quantizedLine(record)]
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
  const found = agreementLine(cost)
  return found === undefined ? lines : [...lines, found]
}

const REASONS: Readonly<Record<FloatReason, string>> = {
  last: 'since nothing evens out their errors',
  noise: 'since eight bits disturb them too much',
  unseen: 'since no image reached them',
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`
}
