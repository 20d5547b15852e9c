import { constant, type Value } from '../graph/value.ts'
import { int64 } from '../tensor/tensor.ts'
import { and, equal } from './elementwise.ts'
import { gather, nonZero, scatterElements } from './gather.ts'
import { concat, expand, range, reshape, sizeOf } from './layout.ts'

/** RoIs, the map each is pooled from, and the image each lies in. */
export interface AssignedRois {
  readonly features: readonly Value[]
  readonly rois: Value<'float32'>
  readonly batchIndices: Value<'int64'>
  readonly levels?: Value<'int64'>
}

/** Which of all RoIs are pooled together. */
export interface RoiMembers {
  /** Places among all RoIs, int64 `[K]`, ascending; absent where the group is everything. */
  readonly members?: Value<'int64'>
}

/** RoIs of one map. */
export interface RoiGroup extends RoiMembers {
  readonly level: number
  readonly rois: Value<'float32'>
  readonly batchIndices: Value<'int64'>
}

/** RoIs of one map and one image. */
export interface ImageRoiGroup extends RoiGroup {
  readonly image: number
}

/** One group a map. */
export function levelGroups({ features, rois, batchIndices, levels }: AssignedRois): RoiGroup[] {
  if (!levels) return [{ level: 0, rois, batchIndices }]
  return features.map((_, level) => select({ rois, batchIndices }, level, equal(levels, level)))
}

/** One group a map and image; the number of images N must be known. */
export function imageGroups(
  { features, rois, batchIndices, levels }: AssignedRois,
  images: number,
): ImageRoiGroup[] {
  return features.flatMap((_, level) => {
    const onLevel = levels && equal(levels, level)
    return Array.from({ length: images }, (_, image) => {
      const inImage = images > 1 ? equal(batchIndices, image) : undefined
      const chosen = onLevel && inImage ? and(onLevel, inImage) : (onLevel ?? inImage)
      const group = chosen ? select({ rois, batchIndices }, level, chosen) : { level, rois, batchIndices }
      return { ...group, image }
    })
  })
}

function select(
  all: { readonly rois: Value<'float32'>; readonly batchIndices: Value<'int64'> },
  level: number,
  chosen: Value<'bool'>,
): RoiGroup {
  const { members } = membersOf(chosen)
  return {
    level,
    members,
    rois: gather(all.rois, members),
    batchIndices: gather(all.batchIndices, members),
  }
}

/** The RoIs of which `chosen`, bool `[R]`, is true. */
export function membersOf(chosen: Value<'bool'>): { readonly members: Value<'int64'> } {
  const places = nonZero(chosen)
  return { members: reshape(places, [sizeOf(places, 1)]) }
}

/** The rows of a group: `values[members]`. */
export function ofGroup<D extends 'float32' | 'int64'>(values: Value<D>, { members }: RoiMembers): Value<D> {
  return members ? gather(values, members) : values
}

/** Results `[K, ...]` of groups that cover all RoIs once, in the order of the RoIs `[R, ...]`. */
export function joinGroups(
  groups: readonly RoiMembers[],
  results: readonly Value<'float32'>[],
  rois: Value,
): Value<'float32'> {
  if (groups.some(({ members }) => !members)) return results[0]
  const count = sizeOf(rois, 0)
  const order = concat(
    groups.map(({ members }) => members as Value<'int64'>),
    0,
  )
  const zeros = expand(constant(int64([0], [1])), [count])
  // `order` is a permutation, so no place is written twice.
  const places = scatterElements(zeros, order, range(count), { axis: 0 })
  return gather(concat(results, 0), places)
}
