/** Weights of image classifiers, of which a detector takes the body. */
import { float32, type Tensor, zeros } from '../../tensor/tensor.ts'
import type { Convention } from '../convention.ts'

const BODY = 'backbone.body.'
/** What only classifiers need. */
const HEAD = /^(fc|classifier|head)\./

/** torchvision's ResNets, whose names are ours but for the place (and timm's, which are the same), and its MobileNets. */
export const torchvisionBody: Convention = (name, tensor) =>
  HEAD.test(name) ? [] : [[BODY + name.replace(/^features\./, ''), tensor]]

/** timm's MobileNetV2, MobileNetV3-Large, EfficientNets-Lite and VoVNets. `names`: all of the file. */
export function timmBody(names: ReadonlySet<string>): Convention {
  const isLite = names.has(FOURTH_OF_LITE)
  const mobile = isLite ? efficientNetLiteName : mobileNetName
  const ours = names.has('conv_stem.weight') ? mobile : vovnetName
  return (name, tensor) => {
    const found = HEAD.test(name) ? undefined : ours(name, names)
    return found === undefined ? [] : [[BODY + found, tensor], ...openAttention(name, found, tensor, names)]
  }
}

/**
 * timm weighs channels in the last module of a stage only, the publication in each: where there is no attention, one that lets
 * everything through (the hard sigmoid of 3 is 1).
 */
function openAttention(
  name: string,
  ours: string,
  { shape: [channels] }: Tensor,
  names: ReadonlySet<string>,
): [string, Tensor][] {
  const [, place] = /^(stages\.\d+\.blocks\.\d+)\.conv_concat\.conv\.weight$/.exec(name) ?? []
  if (place === undefined || names.has(`${place}.attn.fc.weight`)) return []
  const layer = BODY + ours.replace(/concat\..*$/, 'ese.fc.')
  return [
    [`${layer}weight`, zeros('float32', [channels, channels, 1, 1])],
    [`${layer}bias`, float32(new Float32Array(channels).fill(OPEN))],
  ]
}

const OPEN = 3

/** Layers before each of timm's stages: in MobileNetV2, and in MobileNetV3-Large, which ends with a convolution among the stages. */
const BEFORE = { v2: [1, 2, 4, 7, 11, 14, 17], v3: [1, 2, 4, 7, 11, 13, 16] }
const LAST_OF_V3 = 'blocks.6.0.conv.weight'

/** Undefined for what follows the body. */
function mobileNetName(name: string, names: ReadonlySet<string>): string | undefined {
  const isV3 = names.has(LAST_OF_V3)
  const at = (pattern: RegExp, ours: string) => (pattern.test(name) ? name.replace(pattern, ours) : undefined)
  const outside =
    at(/^conv_stem\./, '0.0.') ??
    at(/^bn1\./, '0.1.') ??
    at(/^blocks\.6\.0\.conv\./, '16.0.') ??
    (isV3 ? at(/^blocks\.6\.0\.bn1\./, '16.1.') : (at(/^conv_head\./, '18.0.') ?? at(/^bn2\./, '18.1.')))
  if (outside !== undefined) return outside
  const [, stage, i, layer, what] = /^blocks\.(\d+)\.(\d+)\.([^.]+)\.(.+)$/.exec(name) ?? []
  if (stage === undefined) return isV3 ? undefined : name
  const index = BEFORE[isV3 ? 'v3' : 'v2'][Number(stage)] + Number(i)
  // Without a convolution that widens, timm counts norms from the one that filters.
  const before = names.has(`blocks.${stage}.${i}.conv_pwl.weight`) ? 1 : 0
  const squeezes = names.has(`blocks.${stage}.${i}.se.conv_reduce.weight`) ? 1 : 0
  const block = `${index}.${isV3 ? 'block' : 'conv'}`
  if (layer === 'se')
    return `${block}.${before + 1}.${what.replace('conv_reduce', 'fc1').replace('conv_expand', 'fc2')}`
  const conv = ['conv_pw', 'conv_dw', 'conv_pwl'].indexOf(layer)
  // The one that narrows is called `conv_pw` where it is the only one of 1 x 1.
  const place = conv < 0 ? Number(layer.slice(2)) - 1 : before ? conv : conv === 0 ? 1 : 0
  const isNorm = conv < 0 ? 1 : 0
  if (place <= before) return `${block}.${place}.${isNorm}.${what}`
  return isV3 ? `${block}.${place + squeezes}.${isNorm}.${what}` : `${block}.${place + isNorm}.${what}`
}

/** The sixth stage has four blocks or more in an EfficientNet, and three in a MobileNet. */
const FOURTH_OF_LITE = 'blocks.5.3.conv_pwl.weight'

const WIDENING: Readonly<Record<string, string>> = {
  conv_pw: '_expand_conv',
  bn1: '_bn0',
  conv_dw: '_depthwise_conv',
  bn2: '_bn1',
  conv_pwl: '_project_conv',
  bn3: '_bn2',
}
/** Of blocks that widen nothing. */
const NARROW: Readonly<Record<string, string>> = {
  conv_dw: '_depthwise_conv',
  bn1: '_bn1',
  conv_pw: '_project_conv',
  bn2: '_bn2',
}

/** Those of `efficientnet-lite-pytorch`, which counts blocks through all stages. */
function efficientNetLiteName(name: string, names: ReadonlySet<string>): string | undefined {
  if (/^(conv_head|bn2)\./.test(name)) return undefined
  const [, stage, i, layer, what] = /^blocks\.(\d+)\.(\d+)\.([^.]+)\.(.+)$/.exec(name) ?? []
  if (stage === undefined) return name.replace(/^conv_stem\./, '_conv_stem.').replace(/^bn1\./, '_bn0.')
  const index = blocksBefore(Number(stage), names) + Number(i)
  const widens = names.has(`blocks.${stage}.${i}.conv_pwl.weight`)
  const called = (widens ? WIDENING : NARROW)[layer] ?? layer
  return `_blocks.${index}.${called}.${what}`
}

/** How many blocks come before a stage. */
function blocksBefore(stage: number, names: ReadonlySet<string>): number {
  let count = 0
  for (let before = 0; before < stage; before++)
    for (let i = 0; names.has(`blocks.${before}.${i}.conv_dw.weight`); i++) count++
  return count
}

/** The publication's names, in which every layer says where it is: stages count from 2, modules from 1. */
function vovnetName(name: string, names: ReadonlySet<string>): string {
  const layer = (place: string, called: string, rest: string) => {
    const isSeparable = names.has(`${place}.conv_dw.weight`)
    return (
      called +
      rest
        .replace(/^conv_dw/, 'dw_conv3x3')
        .replace(/^conv_pw/, 'pw_conv1x1')
        .replace(/^bn/, isSeparable ? 'pw_norm' : 'norm')
    )
  }
  const [, stem, i, ofStem] = /^(stem\.(\d+))\.(.+)$/.exec(name) ?? []
  if (stem !== undefined) return layer(stem, `stem.stem_${Number(i) + 1}/`, ofStem)
  const [, place, stage, block, rest] = /^(stages\.(\d+)\.blocks\.(\d+))\.(.+)$/.exec(name) ?? []
  if (place === undefined) return name
  const called = `OSA${Number(stage) + 2}_${Number(block) + 1}`
  const ours = `stage${Number(stage) + 2}.${called}.`
  const [, middle, ofMiddle] = /^conv_mid\.(\d+)\.(.+)$/.exec(rest) ?? []
  if (middle !== undefined)
    return layer(`${place}.conv_mid.${middle}`, `${ours}layers.${middle}.${called}_${middle}/`, ofMiddle)
  return (
    ours +
    rest
      .replace(/^attn\./, 'ese.')
      .replace(/^conv_reduction\.conv\./, `conv_reduction.${called}_reduction_0/conv.`)
      .replace(/^conv_reduction\.bn\./, `conv_reduction.${called}_reduction_0/norm.`)
      .replace(/^conv_concat\.conv\./, `concat.${called}_concat/conv.`)
      .replace(/^conv_concat\.bn\./, `concat.${called}_concat/norm.`)
  )
}
