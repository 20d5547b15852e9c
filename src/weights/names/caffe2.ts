/** Bodies that Detectron published for Caffe2, and that detectron2 still starts from: `R-50.pkl` and its like. */
import { float32, type Tensor } from '../../tensor/tensor.ts'
import type { Convention } from '../convention.ts'
import { detectron2Backbone } from './detectron2-backbone.ts'
import { type Renaming, renamed } from './renaming.ts'

const CONVS: Readonly<Record<string, string>> = {
  '1': 'shortcut',
  '2a': 'conv1',
  '2b': 'conv2',
  '2c': 'conv3',
}
/** To detectron2's names: what a layer is called, up to the letters of its tensor. */
const LAYERS: readonly Renaming[] = [
  [/^(?:res_)?conv1_[bg]n_/, () => 'stem.conv1.norm.'],
  [/^conv1_/, () => 'stem.conv1.'],
  [/^res(\d)_(\d+)_branch(1|2[abc])_[bg]n_/, (stage, i, branch) => `res${stage}.${i}.${CONVS[branch]}.norm.`],
  [/^res(\d)_(\d+)_branch(1|2[abc])_/, (stage, i, branch) => `res${stage}.${i}.${CONVS[branch]}.`],
]
const OF_NORM: Readonly<Record<string, string>> = {
  s: 'weight',
  gamma: 'weight',
  b: 'bias',
  beta: 'bias',
  rm: 'running_mean',
  running_mean: 'running_mean',
  riv: 'running_var',
  running_var: 'running_var',
}

/**
 * Every tensor is a blob of its own: `res2_0_branch2a_w`, and `_bn_s` and `_bn_b` of its norm. Where a norm has no statistics they
 * are part of the two, so those become 0 and 1 less the epsilon, as detectron2 takes them. The classifier, biases of convolutions
 * (which norms follow) and momenta are left out. `names`: all of the file.
 */
export function caffe2Body(names: ReadonlySet<string>): Convention {
  const backbone = detectron2Backbone(2)
  return (name, tensor) => {
    const found = LAYERS.find(([pattern]) => pattern.test(name))
    const [layer = ''] = found?.[0].exec(name) ?? []
    const isNorm = /[bg]n_$/.test(layer)
    const letters = name.slice(layer.length)
    const what = isNorm ? OF_NORM[letters] : letters === 'w' ? 'weight' : undefined
    if (!found || what === undefined) return []
    const path = `backbone.bottom_up.${renamed(layer, LAYERS)}`
    const given: [string, Tensor][] = [[what, tensor]]
    const isAlone = !names.has(`${layer}rm`) && !names.has(`${layer}running_mean`)
    if (/bn_$/.test(layer) && what === 'weight' && isAlone) given.push(...statistics(tensor.shape))
    return given.flatMap(([called, value]) => backbone(path + called, value))
  }
}

/** Of the norms of every body that lacks them. */
const EPSILON = 1e-5

function statistics([channels]: readonly number[]): [string, Tensor][] {
  return [
    ['running_mean', float32(new Float32Array(channels))],
    ['running_var', float32(new Float32Array(channels).fill(1 - EPSILON))],
  ]
}
