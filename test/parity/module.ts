/** Single heads of CenterMask and detectron2: what they say, and gradients of a weighted sum of all of it. */
import { gradients } from '../../src/autodiff/gradients.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { CENTERMASK_FCOS, fcosHead } from '../../src/models/heads/fcos.ts'
import { maskPredictor } from '../../src/models/heads/mask.ts'
import { maskIouHead } from '../../src/models/heads/mask-iou.ts'
import { spatialAttentionHead } from '../../src/models/heads/spatial-attention-mask.ts'
import { asInputs, rootScope, type Scope } from '../../src/nn/scope.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { squeeze } from '../../src/ops/layout.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { hashfillUnit } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, joined, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { lossValues } from './detector-losses.ts'
import { noiseTolerance } from './noise-tolerance.ts'

type Floats = Value<'float32'>

interface RecordedModule {
  /** A parameter that no other has. */
  readonly marker: string
  /** Our name of a parameter of the reference. */
  ours(name: string): string
  /** Outputs by their recorded names. */
  outputs(scope: Scope, given: (name: string) => Floats, golden: Golden): Record<string, Floats>
}

const MODULES: readonly RecordedModule[] = [
  { marker: 'maskiou.weight', ours: (name) => name, outputs: maskIou },
  { marker: 'ctrness.weight', ours: fcosName, outputs: fcosMaps },
  { marker: 'mask_fcn1.weight', ours: maskName, outputs: maskLogits },
]

export const module: ParityCheck = async (golden) => {
  const found = MODULES.find(({ marker }) => golden.weights.has(marker))
  if (!found) throw new UnsupportedCase(`the module of ${golden.case.description}`)
  const parameters = asInputs()
  const scope = rootScope(parameters.resolve, 'batch')
  const inputs = new Map([...golden.inputs].map(([name, { shape }]) => [name, input(name, 'float32', shape)]))
  const outputs = found.outputs(scope, (name) => inputs.get(name)!, golden)
  const weighted = Object.entries(outputs).map(([name, value]) => {
    const weights = hashfillUnit(golden.case.seed, `grad.${name}`, value.shape as number[])
    return reduceSum(mul(value, constant(weights)))
  })
  const sum = weighted.reduce((a, b) => add(a, b))
  const by = new Map([
    ...[...inputs].map(([name, value]) => [`grad_input.${name}`, value] as const),
    ...[...golden.weights.keys()].map(
      (name) => [`grad.${name}`, parameters.inputs.get(found.ours(name))!] as const,
    ),
  ])
  const derived = gradients(sum, [...by.values()])
  const named = [...by.keys()].map((name, i) => [name, derived[i]] as const)
  const weights = [...golden.weights].map(([name, value]) => [found.ours(name), value] as const)
  const feeds = Object.fromEntries<Tensor>([...golden.inputs, ...weights])
  const results = await runGraph(
    { ...outputs, ...Object.fromEntries(named), scalar_for_gradient: sum },
    feeds,
  )
  return joined([
    compareAll(golden, results, (name) => noiseTolerance(golden, name)),
    lossValues(golden, results),
  ])
}

function maskName(name: string): string {
  return name
    .replace(/^mask_fcn(\d+)\./, (_, i) => `mask_head.${Number(i) - 1}.0.`)
    .replace(/^spatialAtt\./, 'mask_head.spatialAtt.')
    .replace(/^deconv\./, 'mask_predictor.conv5_mask.')
    .replace(/^predictor\./, 'mask_predictor.mask_fcn_logits.')
}

/** Convolutions, attention where the case has it, enlargement and prediction of as many masks as there are classes. */
function maskLogits(
  scope: Scope,
  given: (name: string) => Floats,
  { weights, case: { config } }: Golden,
): Record<string, Floats> {
  const head = {
    convs: config.NUM_CONV,
    width: config.CONV_DIM,
    attention: weights.has('spatialAtt.conv.weight'),
  }
  const toFeatures = spatialAttentionHead(scope.child('mask_head'), config.in_channels, head)
  const count = config.CLS_AGNOSTIC_MASK ? 1 : config.NUM_CLASSES
  const toLogits = maskPredictor(scope.child('mask_predictor'), head.width, head.width, count)
  return { out: toLogits(toFeatures(given('x'))).all }
}

function maskIou(
  scope: Scope,
  given: (name: string) => Floats,
  { weights, inputs, case: { config } }: Golden,
): Record<string, Floats> {
  const side = inputs.get('x')!.shape[2]
  const head = maskIouHead(
    { features: scope, predictor: scope },
    config.in_channels,
    side,
    config.NUM_CLASSES,
    {
      convs: config.NUM_CONV,
      width: config.CONV_DIM,
      linearWidth: weights.get('maskiou_fc1.weight')!.shape[0],
    },
  )
  return { out: head({ pooled: given('x'), masks: squeeze(given('mask'), 1) }) }
}

function fcosName(name: string): string {
  return name
    .replace(/^cls_tower\./, 'classification_head.conv.')
    .replace(/^bbox_tower\./, 'regression_head.conv.')
    .replace(/^cls_logits\./, 'classification_head.cls_logits.')
    .replace(/^bbox_pred\./, 'regression_head.bbox_reg.')
    .replace(/^ctrness\./, 'regression_head.bbox_ctrness.')
    .replace(/^scales\./, 'regression_head.scales.')
}

/** `out.0.l` logits of classes, `out.1.l` distances in strides, `out.2.l` logits of centerness of the map l. */
function fcosMaps(
  scope: Scope,
  given: (name: string) => Floats,
  { inputs, case: { config } }: Golden,
): Record<string, Floats> {
  const { in_channels: channels, NUM_CLASSES: classes } = config
  const head = fcosHead(scope, channels, classes, inputs.size, {
    ...CENTERMASK_FCOS.towers,
    classConvs: config.NUM_CLS_CONVS,
    boxConvs: config.NUM_BOX_CONVS,
  })
  const maps = head(Array.from({ length: inputs.size }, (_, level) => given(`features.${level}`)))
  return Object.fromEntries(
    maps.flatMap(({ logits, distances, centerness }, level) =>
      [logits, distances, centerness].map((map, i) => [`out.${i}.${level}`, map]),
    ),
  )
}
