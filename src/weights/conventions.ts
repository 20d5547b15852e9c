/** The conventions that weights of others are known by. */
import { sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Convention } from './convention.ts'
import type { WantedWeight } from './match-weights.ts'
import { caffe2Body } from './names/caffe2.ts'
import { centermask2Names } from './names/centermask2.ts'
import { timmBody, torchvisionBody } from './names/classifiers.ts'
import { detectron2Names } from './names/detectron2.ts'
import { detectron2Backbone } from './names/detectron2-backbone.ts'
import { maskScoringNames } from './names/mask-scoring.ts'
import { torchvisionNames } from './names/torchvision.ts'
import type { WeightsFile } from './weights-file.ts'

/** By what all the names of a file are. */
type ConventionOfNames = (names: ReadonlySet<string>) => Convention

const detectron2Body: Convention = (name, tensor) =>
  /^(linear|fc)\./.test(name) ? [] : detectron2Backbone(2)(`backbone.bottom_up.${name}`, tensor)

const TABLE = {
  torchvision: torchvisionNames,
  detectron2: detectron2Names,
  centermask2: () => centermask2Names,
  'maskrcnn-benchmark': () => maskScoringNames,
  'torchvision-body': () => torchvisionBody,
  'timm-body': timmBody,
  'detectron2-body': () => detectron2Body,
  'caffe2-body': caffe2Body,
} as const satisfies Readonly<Record<string, ConventionOfNames>>

/** Whose names weights have. Those that end in `body` are of a body alone, as image classifiers have it. */
export type ConventionName = keyof typeof TABLE

export const CONVENTION_NAMES = Object.keys(TABLE) as readonly ConventionName[]

/** Whether a convention is of a body alone. */
export function isOfBody(convention: ConventionName): boolean {
  return convention.endsWith('body')
}

export const WHOLE_MODEL_CONVENTIONS: readonly ConventionName[] = CONVENTION_NAMES.filter(
  (name) => !isOfBody(name),
)

/** Counters of batches, which nothing reads. */
const COUNTER = /(^|\.)num_batches_tracked$/
/** What data-parallel trainings put before every name. */
const PARALLEL = /^module\./

/** The convention of a name for a file with these names; it drops counters, and what wrapped a model before it was stored. */
export function conventionFor(convention: ConventionName, names: Iterable<string>): Convention {
  const bare = new Set([...names].map((name) => name.replace(PARALLEL, '')))
  const inner = TABLE[convention](bare)
  return (name, tensor) => (COUNTER.test(name) ? [] : inner(name.replace(PARALLEL, ''), tensor))
}

/** Weights as they would be in our convention. */
export interface ConventionalShapes {
  readonly convention: ConventionName
  readonly weights: ReadonlyMap<string, WantedWeight>
  /** Names of the file that are no weights in that convention. */
  readonly dropped: readonly string[]
}

/** What names and shapes become in every convention, without reading the weights. */
export function conventionalShapes(given: ReadonlyMap<string, WantedWeight>): ConventionalShapes[] {
  return CONVENTION_NAMES.map((convention) => {
    const toOurs = conventionFor(convention, given.keys())
    const weights = new Map<string, WantedWeight>()
    const dropped: string[] = []
    for (const [name, { dtype, shape }] of given) {
      const ours = toOurs(name, { dtype, shape, data: new Float32Array(0) })
      if (ours.length === 0) dropped.push(name)
      for (const [called, tensor] of ours) weights.set(called, { dtype: tensor.dtype, shape: tensor.shape })
    }
    return { convention, weights, dropped }
  })
}

/** The convention in which the most weights are wanted ones, and how many; of equal ones the first. */
export function fittingConvention(
  wanted: ReadonlyMap<string, WantedWeight>,
  sides: readonly ConventionalShapes[],
): ConventionalShapes & { readonly fits: number } {
  const counted = sides.map((side) => ({ ...side, fits: fittingCount(wanted, side.weights) }))
  return counted.reduce((best, side) => (side.fits > best.fits ? side : best))
}

function fittingCount(
  wanted: ReadonlyMap<string, WantedWeight>,
  given: ReadonlyMap<string, WantedWeight>,
): number {
  let count = 0
  for (const [name, { shape }] of wanted) {
    const found = given.get(name)
    if (found && sameShape(found.shape, shape)) count++
  }
  return count
}

/** The weights of a file in a convention, by our names; counters are left out, and so is what the convention drops. */
export async function readConventional(
  { tensors }: Pick<WeightsFile, 'tensors'>,
  convention: ConventionName,
): Promise<Map<string, Tensor>> {
  const toOurs = conventionFor(convention, tensors.keys())
  const ours = new Map<string, Tensor>()
  for (const { name, read } of tensors.values())
    for (const [called, tensor] of toOurs(name, await read())) ours.set(called, tensor)
  return ours
}
