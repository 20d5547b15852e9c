import { ShapeError } from '../errors.ts'
import { formatShape } from '../graph/dim.ts'
import type { Value } from '../graph/value.ts'
import type { Layer } from '../nn/conv.ts'

/** What a network says of an image at one resolution. */
export interface FeatureMap {
  /** `[N, channels, H, W]`, cell (y, x) standing for the pixels from (y * stride, x * stride). */
  readonly value: Value<'float32'>
  /** Pixels of the network's input along each side of a cell. */
  readonly stride: number
  readonly channels: number
  /** Whether regions on it end at the corner of their last pixel: see `BoxConvention`. */
  readonly legacyBoxes?: boolean
}

/** A value `[N, C, H, W]` of known C as a feature map. Throws `ShapeError` for any other. */
export function featureMap(value: Value<'float32'>, stride: number): FeatureMap {
  const channels = value.shape[1]
  if (value.shape.length === 4 && typeof channels === 'number') return { value, stride, channels }
  throw new ShapeError('a feature map has known channels', {
    expected: '[N, C, H, W]',
    got: formatShape(value.shape),
  })
}

/** The maps of an image: those that things are sought on, and those of them that regions are pooled from. */
export interface FeatureMaps {
  readonly all: readonly FeatureMap[]
  readonly pooled: readonly FeatureMap[]
  /** `[N, 2]`: height and width of the images without padding, for regions whose level depends on them. */
  readonly imageSizes?: Value<'float32'>
  /** Layers that every pooled region goes through, whichever head it is for; absent where heads take it as it is pooled. */
  readonly shared?: SharedLayers
}

export interface SharedLayers {
  /** Pooled regions `[R, C, S, S]` -> `[R, C', S', S']`. */
  readonly layer: Layer
  /** What they gave, so that regions wanted by several heads go through them once. */
  readonly done: Map<string, Value<'float32'>>
}
