import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import type { Scope } from '../../nn/scope.ts'
import { relu } from '../../ops/elementwise.ts'
import { reshape, sizeMul, sizeOf, transpose } from '../../ops/layout.ts'

export interface RpnHeadConfig {
  /** 3x3 convolutions before the predictions; one in the paper. */
  readonly convDepth: number
}

/** Predictions of one level, as the convolutions leave them. */
export interface RpnMaps {
  /** Logits `[N, A, H, W]`. */
  readonly objectness: Value<'float32'>
  /** `[N, 4 A, H, W]`, the four offsets of an anchor side by side. */
  readonly deltas: Value<'float32'>
}

const NORMAL: Init = { kind: 'normal', std: 0.01 }

/** Names and shapes of the head's layers. */
export function rpnLayers(channels: number, anchorsPerCell: number, { convDepth }: RpnHeadConfig) {
  const shared = { in: channels, init: NORMAL, biasInit: ZEROS }
  return {
    convs: Array.from({ length: convDepth }, (_, i) => ({
      name: `conv.${i}.0`,
      options: { ...shared, out: channels, kernel: 3, padding: 1 },
    })),
    objectness: { name: 'cls_logits', options: { ...shared, out: anchorsPerCell, kernel: 1 } },
    deltas: { name: 'bbox_pred', options: { ...shared, out: anchorsPerCell * 4, kernel: 1 } },
  }
}

/** Region proposal head (Ren et al. 2015), shared by all levels: map `[N, channels, H, W]` -> predictions of A anchors a cell. */
export function rpnHead(
  scope: Scope,
  channels: number,
  anchorsPerCell: number,
  config: RpnHeadConfig,
): (feature: Value<'float32'>) => RpnMaps {
  const layers = rpnLayers(channels, anchorsPerCell, config)
  const make = ({ name, options }: (typeof layers)['objectness']): Layer => conv2d(scope.child(name), options)
  const convs = layers.convs.map(make)
  const objectness = make(layers.objectness)
  const deltas = make(layers.deltas)
  return (feature) =>
    at(scope.path, () => {
      const hidden = convs.reduce((map, layer) => relu(layer(map)), feature)
      return { objectness: objectness(hidden), deltas: deltas(hidden) }
    })
}

/** Predictions by anchor, in the order of `levelAnchors`: logits `[N, H * W * A]`, deltas `[N, H * W * A, 4]`. */
export function flattenRpnMaps({ objectness, deltas }: RpnMaps): RpnMaps {
  const [images, anchors, height, width] = [0, 1, 2, 3].map((axis) => sizeOf(objectness, axis))
  const count = sizeMul(sizeMul(height, width), anchors)
  const grouped = reshape(deltas, [images, anchors, 4, height, width])
  return {
    objectness: reshape(transpose(objectness, [0, 2, 3, 1]), [images, count]),
    deltas: reshape(transpose(grouped, [0, 3, 4, 1, 2]), [images, count, 4]),
  }
}
