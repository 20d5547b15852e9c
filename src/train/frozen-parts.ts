/** Which parts of a model a training leaves as they are, from when on they learn, and at which rate. */
import type { Trainable } from '../models/training-batch.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { ParameterGroup } from './train-graph.ts'

type Parts = Pick<Trainable, 'freezable' | 'neck'>

/** Paths of the parts that `freeze.stages` counts: those of the body from the image on, then the neck. */
export function freezableParts({ freezable = [], neck = [] }: Parts): readonly (readonly string[])[] {
  return neck.length > 0 ? [...freezable, neck] : freezable
}

/** Steps that are taken with the same parts frozen. */
export interface Phase {
  /** Steps taken before the first of it, and after the last; infinite of the last phase. */
  readonly from: number
  readonly to: number
  /** How many parts are frozen, and their paths. */
  readonly stages: number
  readonly frozen: readonly string[]
  readonly groups: readonly ParameterGroup[]
}

/** The phases of a run in their order; one where nothing is freed on the way. */
export function phasesOf(
  model: Parts,
  { freeze, optimizer: { layerDecay } }: Pick<ResolvedConfig, 'freeze' | 'optimizer'>,
): readonly Phase[] {
  const { stages = 0, until = [], parts: further = [] } = freeze ?? {}
  const parts = freezableParts(model)
  const bodyParts = model.freezable?.length ?? 0
  const groups = parts.map((paths, i): ParameterGroup & { readonly since: number } => ({
    parts: paths,
    rate: layerDecay ** Math.max(0, bodyParts - i),
    since: i < stages ? (until[stages - 1 - i] ?? 0) : 0,
  }))
  const starts = [0, ...new Set(until)]
  return starts.map((from, i) => {
    const left = stages - until.filter((step) => step <= from).length
    const to = starts[i + 1] ?? Number.POSITIVE_INFINITY
    return { from, to, stages: left, frozen: [...parts.slice(0, left).flat(), ...further], groups }
  })
}

/** The place among phases of the one that took the last of so many steps, or of the first. */
export function phaseAfter(phases: readonly Phase[], steps: number): number {
  return Math.max(
    0,
    phases.findLastIndex(({ from }) => from < steps),
  )
}
