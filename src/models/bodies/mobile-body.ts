/** What the bodies of MobileNets have in common, and bodies of layers in a row. */
import { z } from 'zod'
import type { Layer } from '../../nn/conv.ts'
import type { NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { norm, stages } from '../setting-schemas.ts'
import type { Body } from './body.ts'
import { type Activation, activated } from './inverted-residual.ts'
import { widthMultiplier } from './width-multiplier.ts'

export interface MobileSettings {
  readonly norm: NormConfig
  /** Channels everywhere by those of the paper; 1 where not given. */
  readonly widthMultiplier?: number
  /**
   * Which layer of a resolution its stage ends with: the `first`, which halves the map, and a last stage with the last layer of the
   * network (default, torchvision's detectors); or the `last` (Lin et al. 2017), without the layer that only classifiers need.
   */
  readonly stageEnd?: 'first' | 'last'
  /**
   * Stages that a pyramid is built on: 0 to 5 (strides 2, 4, 8, 16, 32, 32), the last two, as torchvision's, where not given; or 0 to 4
   * with `stageEnd` `last` (2, 4, 8, 16, 32), all but the first where not given.
   */
  readonly stages?: readonly number[]
}

export const MOBILE_SHAPE = {
  norm,
  widthMultiplier: widthMultiplier.optional(),
  stageEnd: z.enum(['first', 'last']).optional(),
  stages: stages.optional(),
}

/** One numbered layer of the network. */
export interface MobileLayer {
  readonly out: number
  readonly stride: number
  make(scope: Scope): Layer
}

/** A convolution with norm and activation, from and to so many channels. */
export function plainLayer(
  options: { readonly in: number; readonly out: number; readonly kernel: number; readonly stride: number },
  norm: NormConfig,
  activation: Activation,
): MobileLayer {
  return { ...options, make: (scope) => activated(scope, options, norm, activation) }
}

/** All layers in a row, cut into stages. `stemWidth`: the most channels of a map of half the image's sides. */
export function mobileBody(
  all: readonly MobileLayer[],
  stemWidth: number,
  { stageEnd = 'first' }: MobileSettings,
): Body {
  const layers = stageEnd === 'first' ? all : all.slice(0, -1)
  const last = layers.length - 1
  const halving = layers.flatMap(({ stride }, i) => (stride > 1 ? [i] : []))
  const ends = [...(stageEnd === 'first' ? halving : halving.slice(1).map((next) => next - 1)), last]
  return stagedBody(
    layers.map((layer, i) => ({
      ...layer,
      names: [`${i}`],
      make: (scope) => layer.make(scope.child(`${i}`)),
    })),
    {
      ends,
      // From one layer that halves the map up to the next, which is torchvision's way here too.
      parts: stageEnd === 'first' ? ends : halving,
      stemWidth,
      pyramidStages: [...ends.keys()].slice(stageEnd === 'first' ? -2 : 1),
    },
  )
}

/** One layer, or some that stand side by side, under the scope of the body. */
export interface NamedLayer {
  readonly out: number
  readonly stride: number
  /** Of its parts under that scope. */
  readonly names: readonly string[]
  make(body: Scope): Layer
}

interface Cut extends Pick<Body, 'stemWidth' | 'pyramidStages'> {
  /** The last layer of every stage. */
  readonly ends: readonly number[]
  /** The first layer of every part that may be frozen. */
  readonly parts: readonly number[]
}

/** Layers one after another as a body. */
export function stagedBody(layers: readonly NamedLayer[], { ends, parts, ...rest }: Cut): Body {
  return {
    ...rest,
    channels: ends.map((end) => layers[end].out),
    strides: ends.map((end) => layers.slice(0, end + 1).reduce((product, { stride }) => product * stride, 1)),
    freezable: parts.map((from, i) => layers.slice(from, parts[i + 1]).flatMap(({ names }) => names)),
    stage(scope, stage) {
      const from = stage > 0 ? ends[stage - 1] + 1 : 0
      const made = layers.slice(from, ends[stage] + 1).map((layer) => layer.make(scope))
      return (x) => made.reduce((map, layer) => layer(map), x)
    },
  }
}
