import { expect, it } from 'vitest'
import { float32, type Tensor, toNumbers } from '../../tensor/tensor.ts'
import { conventionFor } from '../conventions.ts'

const pair = float32([2, 3], [2])
const convert = (name: string, names: readonly string[] = [], tensor: Tensor = pair) =>
  new Map(conventionFor('caffe2-body', [name, ...names])(name, tensor))
const ours = (name: string, ...names: string[]) =>
  [...convert(name, names).keys()].map((found) => found.replace('backbone.body.', ''))

// By the rules of detectron2's convert_basic_c2_names: letters of tensors, `branch1` the shortcut, `branch2a` to `2c` the
// convolutions, `res_conv1_bn` the norm of the stem, `bn` and `gn` a norm; stages res2 to res5 are layer1 to layer4.
it("finds the layers of Detectron's bodies", () => {
  const kernel = float32([1, 2, 3], [1, 3, 1, 1])
  expect(toNumbers(convert('conv1_w', [], kernel).get('backbone.body.conv1.weight')!)).toEqual([3, 2, 1])
  expect(ours('res_conv1_bn_b')).toEqual(['bn1.bias'])
  expect(ours('conv1_gn_s')).toEqual(['bn1.weight'])
  expect(ours('res2_0_branch1_w')).toEqual(['layer1.0.downsample.0.weight'])
  expect(ours('res2_0_branch1_bn_b')).toEqual(['layer1.0.downsample.1.bias'])
  expect(ours('res4_22_branch2b_w')).toEqual(['layer3.22.conv2.weight'])
  expect(ours('res5_2_branch2c_bn_b')).toEqual(['layer4.2.bn3.bias'])
  expect(ours('res5_2_branch2c_bn_rm')).toEqual(['layer4.2.bn3.running_mean'])
  expect(ours('res5_2_branch2c_bn_riv')).toEqual(['layer4.2.bn3.running_var'])
  for (const name of ['fc1000_w', 'fc1000_b', 'pred_w', 'conv1_b', 'res2_0_branch1_w_momentum', 'lr'])
    expect(ours(name), name).toEqual([])
})

it('gives norms whose statistics are part of them the ones that change nothing', () => {
  const norm = convert('res3_1_branch2a_bn_s')
  const [mean, variance] = ['mean', 'var'].map(
    (what) => norm.get(`backbone.body.layer2.1.bn1.running_${what}`)!,
  )
  expect(norm.get('backbone.body.layer2.1.bn1.weight')).toBe(pair)
  expect(toNumbers(mean)).toEqual([0, 0])
  // A frozen norm adds 1e-5 to the variance.
  for (const value of toNumbers(variance)) expect(value + 1e-5).toBeCloseTo(1, 7)
  expect(ours('res3_1_branch2a_bn_s', 'res3_1_branch2a_bn_rm')).toEqual(['layer2.1.bn1.weight'])
  expect(ours('res3_1_branch2a_gn_s')).toEqual(['layer2.1.bn1.weight'])
})
