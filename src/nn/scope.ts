import { GraphError, WeightError } from '../errors.ts'
import { formatShape } from '../graph/dim.ts'
import { at } from '../graph/path.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { cast } from '../ops/elementwise.ts'
import { sameShape } from '../tensor/shape.ts'
import { float32, type Tensor, toNumbers } from '../tensor/tensor.ts'
import type { Init, ParameterRole, ParameterSpec } from './init.ts'

/** Turns the name of a parameter into a value: a constant, a graph input. */
export type Resolver = (spec: ParameterSpec) => Value<'float32'>

/** What batch norms normalise by: statistics of the batch, in training, or those that training kept, at work. */
export type Statistics = 'batch' | 'running'

/**
 * A place in a model under which layers ask for their weights by name. Asking twice for one name gives one value, so a
 * head built twice shares its weights; asking for it with another shape is a `GraphError`.
 */
export interface Scope {
  /** Dotted path, empty at the root. Layers build their nodes `at(scope.path, ...)`. */
  readonly path: string
  /** The answer for the whole model, so that no layer can be forgotten; frozen parts are at work in training too. */
  readonly statistics: Statistics
  child(name: string): Scope
  /** A parameter: trained, unless the scope is frozen. */
  param(name: string, shape: readonly number[], init: Init, role: ParameterRole): Value<'float32'>
  /** Running statistics and frozen constants: part of the state, not trained. */
  buffer(name: string, shape: readonly number[], init: Init): Value<'float32'>
  /** Records the value a buffer has after this step. */
  update(name: string, value: Value<'float32'>): void
  /** New values of buffers by full name, over the whole model. */
  readonly updates: ReadonlyMap<string, Value<'float32'>>
  /** Keeps a value on the way for whoever wants to look: under this name alone, wherever the scope is. */
  tap(name: string, value: Value): void
  /** What was kept, over the whole model. */
  readonly taps: ReadonlyMap<string, Value>
}

/**
 * The scope of a whole model.
 * @param frozen dotted paths of parts that training leaves as they are
 */
export function rootScope(
  resolve: Resolver,
  statistics: Statistics,
  { frozen = [] }: { readonly frozen?: readonly string[] } = {},
): Scope {
  const found = new Map<string, { readonly spec: ParameterSpec; readonly value: Value<'float32'> }>()
  const updates = new Map<string, Value<'float32'>>()
  const taps = new Map<string, Value>()
  const ask = (spec: ParameterSpec): Value<'float32'> => {
    const known = found.get(spec.name)
    if (!known) {
      const value = resolve(spec)
      found.set(spec.name, { spec, value })
      return value
    }
    if (!sameShape(known.spec.shape, spec.shape)) {
      throw new GraphError('one parameter is asked for with two shapes', {
        where: spec.name,
        expected: formatShape(known.spec.shape),
        got: formatShape(spec.shape),
      })
    }
    if (known.spec.kind !== spec.kind) {
      throw new GraphError('one name is asked for as a parameter and as a buffer', {
        where: spec.name,
        expected: known.spec.kind,
        got: spec.kind,
      })
    }
    return known.value
  }
  const isFrozen = (path: string) => frozen.some((part) => isWithin(path, part))
  const scopeAt = (path: string): Scope => {
    const full = (name: string) => (path ? `${path}.${name}` : name)
    return {
      path,
      statistics: isFrozen(path) ? 'running' : statistics,
      child: (name) => scopeAt(full(name)),
      param: (name, shape, init, role) =>
        ask({
          name: full(name),
          shape,
          init,
          role,
          kind: 'param',
          ...(isFrozen(full(name)) && { isFrozen: true }),
        }),
      buffer: (name, shape, init) => ask({ name: full(name), shape, init, role: 'norm', kind: 'buffer' }),
      update: (name, value) => updates.set(full(name), value),
      updates,
      tap: (name, value) => taps.set(name, value),
      taps,
    }
  }
  return scopeAt('')
}

/** Whether a dotted path is a part or lies in it. */
export function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}.`)
}

/**
 * Resolves to constants, for inference. Tensors of another dtype become float32; half floats do so in the graph, where the
 * runtime casts them once, when it makes a session.
 * Throws `WeightError` where a tensor is missing or has another shape.
 */
export function fromTensors(tensors: ReadonlyMap<string, Tensor>): Resolver {
  return ({ name, shape }) => {
    const found = tensors.get(name)
    if (!found) {
      throw new WeightError('the weights lack a parameter of the model', {
        where: name,
        expected: formatShape(shape),
        hint: `There are ${tensors.size} tensors under other names: these weights belong to another architecture.`,
      })
    }
    if (!sameShape(found.shape, shape)) {
      throw new WeightError('a weight has another shape than the model', {
        where: name,
        expected: formatShape(shape),
        got: formatShape(found.shape),
      })
    }
    if (found.dtype === 'float16') return at(name, () => cast(constant(found, name), 'float32'))
    const value = found.dtype === 'float32' ? (found as Tensor<'float32'>) : float32(toNumbers(found), shape)
    return constant(value, name)
  }
}

export interface InputParameters {
  readonly resolve: Resolver
  /** What was asked for, in order. */
  readonly specs: ReadonlyMap<string, ParameterSpec>
  /** The graph inputs made for them. */
  readonly inputs: ReadonlyMap<string, Value<'float32'>>
}

/** Resolves to graph inputs named like the parameters, for training, and keeps a record of what was asked for. */
export function asInputs(): InputParameters {
  const specs = new Map<string, ParameterSpec>()
  const inputs = new Map<string, Value<'float32'>>()
  const resolve: Resolver = (spec) => {
    const value = input(spec.name, 'float32', spec.shape)
    specs.set(spec.name, spec)
    inputs.set(spec.name, value)
    return value
  }
  return { resolve, specs, inputs }
}
