import { z } from 'zod'
import { clamp } from '../../ops/elementwise.ts'
import type { Body, BodyFamily } from './body.ts'
import { type Activation, invertedResidual } from './inverted-residual.ts'
import { MOBILE_SHAPE, type MobileSettings, mobileBody, plainLayer } from './mobile-body.ts'
import { divisibleByEight } from './width-multiplier.ts'

const NAMES = ['mobilenet_v2'] as const

/** MobileNetV2 (Sandler et al. 2018), torchvision's names and layout. */
export interface MobileNetV2Config extends MobileSettings {
  readonly name: (typeof NAMES)[number]
}

export const MOBILENETS_V2: BodyFamily<MobileNetV2Config> = {
  names: NAMES,
  schema: z.strictObject({ name: z.enum(NAMES), ...MOBILE_SHAPE }),
  make: mobileNetV2,
}

/** Table 2 of the paper: how many blocks in a row, by how much they widen, what they give, the stride of the first. */
const ROWS = [
  { count: 1, wider: 1, out: 16, stride: 1 },
  { count: 2, wider: 6, out: 24, stride: 2 },
  { count: 3, wider: 6, out: 32, stride: 2 },
  { count: 4, wider: 6, out: 64, stride: 2 },
  { count: 3, wider: 6, out: 96, stride: 1 },
  { count: 3, wider: 6, out: 160, stride: 2 },
  { count: 1, wider: 6, out: 320, stride: 1 },
]
const STEM = 32
const LAST = 1280

const relu6: Activation = (x) => clamp(x, 0, 6)

function mobileNetV2(config: MobileNetV2Config): Body {
  const { norm, widthMultiplier = 1 } = config
  const scaled = (channels: number) => divisibleByEight(channels * widthMultiplier)
  let channels = scaled(STEM)
  const layers = [plainLayer({ in: 3, out: channels, kernel: 3, stride: 2 }, norm, relu6)]
  for (const { count, wider, out, stride } of ROWS) {
    for (let i = 0; i < count; i++) {
      const block = {
        in: channels,
        wide: Math.round(channels * wider),
        out: scaled(out),
        kernel: 3,
        stride: i === 0 ? stride : 1,
        activation: relu6,
      }
      layers.push({
        ...block,
        make: (scope) => invertedResidual(scope.child('conv'), block, norm, { flat: true }),
      })
      channels = block.out
    }
  }
  const last = divisibleByEight(LAST * Math.max(1, widthMultiplier))
  layers.push(plainLayer({ in: channels, out: last, kernel: 1, stride: 1 }, norm, relu6))
  return mobileBody(layers, 6 * scaled(ROWS[0].out), config)
}
