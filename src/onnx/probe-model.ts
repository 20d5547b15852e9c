import { float32 } from '../tensor/tensor.ts'
import { intAttribute, intsAttribute } from './attribute.ts'
import { encodeModel } from './encode.ts'
import { encodeTensor, encodeValueInfo } from './tensor-proto.ts'

/**
 * A file of two nodes for finding out whether a device computes: y = relu(conv(x, [[1, 2], [3, 4]]) - 50), with
 * x [1, 1, H, W] and y [1, 1, H - 1, W - 1].
 */
export function encodeProbeModel(): Uint8Array {
  const conv = [
    intsAttribute('dilations', [1, 1]),
    intAttribute('group', 1),
    intsAttribute('kernel_shape', [2, 2]),
    intsAttribute('pads', [0, 0, 0, 0]),
    intsAttribute('strides', [1, 1]),
  ]
  return encodeModel({
    irVersion: 8,
    producerName: 'maskwright',
    graph: {
      name: 'probe',
      node: [
        { opType: 'Conv', name: 'conv', input: ['x', 'weight', 'bias'], output: ['sums'], attribute: conv },
        { opType: 'Relu', name: 'relu', input: ['sums'], output: ['y'], attribute: [] },
      ],
      initializer: [
        encodeTensor('weight', float32([1, 2, 3, 4], [1, 1, 2, 2])),
        encodeTensor('bias', float32([-50])),
      ],
      input: [encodeValueInfo('x', 'float32', [1, 1, 'H', 'W'])],
      output: [encodeValueInfo('y', 'float32', [1, 1, 'outH', 'outW'])],
      valueInfo: [],
    },
    metadataProps: [],
    opsetImport: [{ version: 17 }],
  })
}
