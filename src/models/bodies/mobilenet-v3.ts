import { z } from 'zod'
import { hardSwish, relu } from '../../ops/elementwise.ts'
import type { Body, BodyFamily } from './body.ts'
import { invertedResidual } from './inverted-residual.ts'
import { MOBILE_SHAPE, type MobileSettings, mobileBody, plainLayer } from './mobile-body.ts'
import { divisibleByEight } from './width-multiplier.ts'

const NAMES = ['mobilenet_v3_large'] as const

/** MobileNetV3-Large (Howard et al. 2019), torchvision's names and layout. */
export interface MobileNetV3Config extends MobileSettings {
  readonly name: (typeof NAMES)[number]
}

export const MOBILENETS_V3: BodyFamily<MobileNetV3Config> = {
  names: NAMES,
  schema: z.strictObject({ name: z.enum(NAMES), ...MOBILE_SHAPE }),
  make: mobileNetV3,
}

interface Row {
  readonly kernel: number
  readonly wide: number
  readonly out: number
  readonly squeezes: boolean
  readonly activation: typeof relu | typeof hardSwish
  readonly stride: number
}

/** Table 1 of the paper. */
const ROWS: readonly Row[] = [
  { kernel: 3, wide: 16, out: 16, squeezes: false, activation: relu, stride: 1 },
  { kernel: 3, wide: 64, out: 24, squeezes: false, activation: relu, stride: 2 },
  { kernel: 3, wide: 72, out: 24, squeezes: false, activation: relu, stride: 1 },
  { kernel: 5, wide: 72, out: 40, squeezes: true, activation: relu, stride: 2 },
  { kernel: 5, wide: 120, out: 40, squeezes: true, activation: relu, stride: 1 },
  { kernel: 5, wide: 120, out: 40, squeezes: true, activation: relu, stride: 1 },
  { kernel: 3, wide: 240, out: 80, squeezes: false, activation: hardSwish, stride: 2 },
  { kernel: 3, wide: 200, out: 80, squeezes: false, activation: hardSwish, stride: 1 },
  { kernel: 3, wide: 184, out: 80, squeezes: false, activation: hardSwish, stride: 1 },
  { kernel: 3, wide: 184, out: 80, squeezes: false, activation: hardSwish, stride: 1 },
  { kernel: 3, wide: 480, out: 112, squeezes: true, activation: hardSwish, stride: 1 },
  { kernel: 3, wide: 672, out: 112, squeezes: true, activation: hardSwish, stride: 1 },
  { kernel: 5, wide: 672, out: 160, squeezes: true, activation: hardSwish, stride: 2 },
  { kernel: 5, wide: 960, out: 160, squeezes: true, activation: hardSwish, stride: 1 },
  { kernel: 5, wide: 960, out: 160, squeezes: true, activation: hardSwish, stride: 1 },
]
const STEM = 16
/** The last convolution's channels by those before it. */
const LAST_BY = 6

function mobileNetV3(config: MobileNetV3Config): Body {
  const { norm, widthMultiplier = 1 } = config
  const scaled = (channels: number) => divisibleByEight(channels * widthMultiplier)
  let channels = scaled(STEM)
  const layers = [plainLayer({ in: 3, out: channels, kernel: 3, stride: 2 }, norm, hardSwish)]
  for (const { squeezes, ...row } of ROWS) {
    const wide = scaled(row.wide)
    const squeeze = squeezes ? divisibleByEight(Math.floor(wide / 4)) : undefined
    const block = { ...row, in: channels, wide, out: scaled(row.out), squeeze }
    layers.push({ ...block, make: (scope) => invertedResidual(scope.child('block'), block, norm) })
    channels = block.out
  }
  layers.push(plainLayer({ in: channels, out: LAST_BY * channels, kernel: 1, stride: 1 }, norm, hardSwish))
  return mobileBody(layers, scaled(ROWS[1].wide), config)
}
