import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, convTranspose2d, type Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { relu, sigmoid } from '../../ops/elementwise.ts'
import { gatherND } from '../../ops/gather.ts'
import { concat, range, sizeOf, unsqueeze } from '../../ops/layout.ts'

export interface MaskHeadConfig {
  /** 3x3 convolutions of `width` channels before the enlargement. */
  readonly convs: number
  readonly width: number
  readonly norm?: NormConfig
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** Pooled regions `[R, channels, S, S]` -> features `[R, width, S, S]` (He et al., Mask R-CNN, figure 4). */
export function maskHead(scope: Scope, channels: number, { convs, width, norm }: MaskHeadConfig): Layer {
  const layers = Array.from({ length: convs }, (_, i) =>
    convNorm(scope.child(`${i}`), {
      ...{ conv: '0', normName: '1', norm, init: CONV_INIT, biasInit: ZEROS },
      ...{ in: i === 0 ? channels : width, out: width, kernel: 3, padding: 1 },
    }),
  )
  return (pooled) => at(scope.path, () => layers.reduce((map, layer) => relu(layer(map)), pooled))
}

/** Features `[R, width, S, S]` -> mask logits of every class `[R, K + 1, 2 S, 2 S]`. */
export function maskPredictor(scope: Scope, width: number, numClasses: number): Layer {
  const enlarge = convTranspose2d(scope.child('conv5_mask'), {
    ...{ in: width, out: width, kernel: 2, stride: 2, init: CONV_INIT, biasInit: ZEROS },
  })
  const logits = conv2d(scope.child('mask_fcn_logits'), {
    ...{ in: width, out: numClasses, kernel: 1, init: CONV_INIT, biasInit: ZEROS },
  })
  return (features) => at(scope.path, () => logits(relu(enlarge(features))))
}

/** Logits `[R, M, M]` of one class of each region: logits `[R, K + 1, M, M]`, labels int64 `[R]`. */
export function classMaskLogits(logits: Value<'float32'>, labels: Value<'int64'>): Value<'float32'> {
  const rows = unsqueeze(range(sizeOf(labels, 0)), 1)
  return gatherND(logits, concat([rows, unsqueeze(labels, 1)], 1))
}

/** Probabilities `[D, M, M]` of the predicted class's mask. */
export function classMasks(logits: Value<'float32'>, labels: Value<'int64'>): Value<'float32'> {
  return sigmoid(classMaskLogits(logits, labels))
}
