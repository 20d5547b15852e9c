import { random } from '../tensor/random.ts'
import { elementCount } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { float32 } from '../tensor/tensor.ts'

/** How a parameter starts. `fan` counts for `[out, in / groups, ...kernel]`, PyTorch's layout of weights. */
export type Init =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Normal with std `sqrt(2 / fan)` (He et al. 2015). */
  | { readonly kind: 'kaimingNormal'; readonly fan: 'in' | 'out' }
  /** Uniform within `sqrt(6 / ((1 + slope^2) * fan in))`. */
  | { readonly kind: 'kaimingUniform'; readonly slope: number }

export type ParameterRole = 'weight' | 'bias' | 'norm'

/** A named tensor a model needs. `param`s are trained; `buffer`s are statistics and frozen constants. */
export interface ParameterSpec {
  /** Dotted path; torchvision's name where torchvision has the module. */
  readonly name: string
  readonly shape: readonly number[]
  readonly init: Init
  readonly role: ParameterRole
  readonly kind: 'param' | 'buffer'
  /** Of a `param`: whether training leaves it as it is. */
  readonly isFrozen?: boolean
}

export const ZEROS: Init = { kind: 'constant', value: 0 }
export const ONES: Init = { kind: 'constant', value: 1 }
/** PyTorch's default for convolutions and linear layers: uniform within `1 / sqrt(fan in)`. */
export const DEFAULT_WEIGHT: Init = { kind: 'kaimingUniform', slope: Math.sqrt(5) }

/** PyTorch's default bias of a layer whose weight has this shape: uniform within `1 / sqrt(fan in)`. */
export function defaultBias(weightShape: readonly number[]): Init {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn(weightShape)) }
}

/**
 * Starting values of all parameters, float32. Every parameter draws from a stream of its own, keyed by seed and
 * name: adding a layer changes nothing elsewhere.
 */
export function initialize(specs: Iterable<ParameterSpec>, seed: number): Map<string, Tensor<'float32'>> {
  const values = new Map<string, Tensor<'float32'>>()
  for (const spec of specs) values.set(spec.name, drawn(spec, seed))
  return values
}

function drawn({ name, shape, init }: ParameterSpec, seed: number): Tensor<'float32'> {
  const count = elementCount(shape)
  const source = random(seed, ...new TextEncoder().encode(name))
  const fill = (next: () => number) => float32(Float32Array.from({ length: count }, next), shape)
  const uniform = (bound: number) => fill(() => (2 * source.uniform() - 1) * bound)
  switch (init.kind) {
    case 'constant':
      return fill(() => init.value)
    case 'normal':
      return fill(() => source.normal() * init.std)
    case 'uniform':
      return uniform(init.bound)
    case 'kaimingNormal': {
      const std = Math.sqrt(2 / (init.fan === 'in' ? fanIn(shape) : fanOut(shape)))
      return fill(() => source.normal() * std)
    }
    case 'kaimingUniform':
      return uniform(Math.sqrt(6 / ((1 + init.slope ** 2) * fanIn(shape))))
  }
}

function fanIn(shape: readonly number[]): number {
  return elementCount(shape.slice(1))
}

function fanOut(shape: readonly number[]): number {
  return shape[0] * elementCount(shape.slice(2))
}
