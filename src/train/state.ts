import { WeightError } from '../errors.ts'
import { initialize } from '../nn/init.ts'
import { elementCount, sameShape } from '../tensor/shape.ts'
import { type Tensor, tensor, zeros } from '../tensor/tensor.ts'
import type { ConventionName } from '../weights/conventions.ts'
import { matchWeights, mismatchText, type WantedWeight } from '../weights/match-weights.ts'
import type { TrainStep } from './train-graph.ts'

/** Every tensor of a run by name: parameters, statistics, and what the optimizer and the averages keep. */
export type State = ReadonlyMap<string, Tensor<'float32'>>

export interface StartOptions {
  /** Of the random start. */
  readonly seed: number
  /** Tensors that replace the random start, for example of a pretrained backbone. Others than the model's are an error. */
  readonly weights?: ReadonlyMap<string, Tensor>
}

/** The state before the first step. Throws `WeightError` for weights the model does not have or of another shape. */
export function startState(step: TrainStep, { seed, weights = new Map() }: StartOptions): State {
  const given = new Map<string, Tensor<'float32'>>()
  const shapes = new Map(step.specs.map(({ name, shape }) => [name, shape]))
  for (const [name, value] of weights) given.set(name, fitting(name, value, shapes))
  const missing = step.specs.filter(({ name }) => !given.has(name))
  const drawn = initialize(missing, seed)
  return grownState(step, new Map(step.specs.map(({ name }) => [name, given.get(name) ?? drawn.get(name)!])))
}

/**
 * A state with what the optimizer and the averages keep of parameters that were not trained so far, in the order in which
 * `resumedState` has it.
 */
export function grownState({ specs, slots }: TrainStep, state: State): State {
  const grown = new Map(specs.map(({ name }) => [name, state.get(name)!]))
  for (const { name, shape, start } of slots) {
    const fresh = () => (start === 'zeros' ? zeros('float32', shape) : grown.get(start.copyOf)!)
    grown.set(name, state.get(name) ?? fresh())
  }
  return grown
}

/** The tensors of a stored state that this training step needs. Throws `WeightError` where one is missing or differs. */
export function resumedState(step: TrainStep, stored: ReadonlyMap<string, Tensor>): State {
  const shapes = new Map([...step.specs, ...step.slots].map(({ name, shape }) => [name, shape]))
  return new Map(
    [...shapes.keys()].map((name) => {
      const found = stored.get(name)
      if (!found) {
        throw new WeightError('the checkpoint lacks a tensor of this run', {
          where: name,
          hint: 'Model, optimizer and averages must be those the run was started with.',
        })
      }
      return [name, fitting(name, found, shapes)]
    }),
  )
}

/** How much of a model started from given weights. */
export interface WeightsFit {
  /** Tensors that fit, of those that the model has. */
  readonly fitting: number
  readonly wanted: number
  /** The first tensor that does not fit, and why. */
  readonly misfit?: string
  /** How many are in the file with another shape: heads of other classes, which learn anew. */
  readonly misshapen?: number
  /** Whose names they had; absent for files of ours. */
  readonly convention?: ConventionName
}

/** The weights of a training by name: parameters and statistics. */
export function wantedOf({ specs }: TrainStep): Map<string, WantedWeight> {
  return new Map(specs.map(({ name, shape }) => [name, { dtype: 'float32', shape }]))
}

/**
 * The given tensors that fit the model; the others start at random. Throws `WeightError`, naming the file, where none
 * fits.
 */
export function fittingWeights(
  step: TrainStep,
  given: ReadonlyMap<string, Tensor>,
  where: string,
): WeightsFit & { readonly weights: ReadonlyMap<string, Tensor> } {
  const wanted = wantedOf(step)
  const { matched, mismatched, missing } = matchWeights(wanted, given)
  const [wrong] = mismatched
  const misfit = wrong
    ? mismatchText(wrong)
    : missing.length > 0
      ? `${missing[0].name} (not in the file)`
      : undefined
  if (matched.size === 0) {
    throw new WeightError('no tensor of the initial weights fits the model', {
      where,
      expected: `some of ${wanted.size} tensors`,
      got: `as the first misfit ${misfit}`,
      hint: 'Is it a model of another architecture? Correct initialWeights or model',
    })
  }
  return {
    weights: matched,
    fitting: matched.size,
    wanted: wanted.size,
    misfit,
    misshapen: mismatched.length,
  }
}

/** A second set of memory for the tensors that a step renews: it reads one and writes the other, so nothing is copied. */
export function spareMemory(step: TrainStep, state: State): Map<string, Tensor<'float32'>> {
  return new Map(
    step.renewed.map((name) => {
      const { shape } = state.get(name)!
      return [name, tensor('float32', shape, new Float32Array(elementCount(shape)))]
    }),
  )
}

function fitting(
  name: string,
  value: Tensor,
  shapes: ReadonlyMap<string, readonly number[]>,
): Tensor<'float32'> {
  const shape = shapes.get(name)
  if (!shape) throw new WeightError('the model has no such parameter', { where: name })
  if (value.dtype !== 'float32' || !sameShape(value.shape, shape)) {
    throw new WeightError('tensor does not fit', {
      where: name,
      expected: `float32 [${shape.join(', ')}]`,
      got: `${value.dtype} [${value.shape.join(', ')}]`,
    })
  }
  return value as Tensor<'float32'>
}
