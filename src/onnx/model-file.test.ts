import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { GraphError } from '../errors.ts'
import { float32, int64, tensor } from '../tensor/tensor.ts'
import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  tensorAttribute,
} from './attribute.ts'
import { decodeModel } from './decode.ts'
import { encodeModel } from './encode.ts'
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
} from './messages.ts'
import { decodeTensor, dtypeOf, encodeTensor, encodeValueInfo } from './tensor-proto.ts'

function node(
  opType: string,
  input: string[],
  output: string[],
  attribute: NodeProto['attribute'] = [],
): NodeProto {
  return { opType, input, output, name: `${opType}_${output[0]}`, attribute }
}

function attributeOf(name: string, type: number, parts: Partial<AttributeProto>): AttributeProto {
  return { name, type, floats: [], ints: [], strings: [], tensors: [], graphs: [], ...parts }
}

function graph(parts: Partial<GraphProto>): GraphProto {
  return { name: 'g', node: [], initializer: [], input: [], output: [], valueInfo: [], ...parts }
}

/** y = x [N,2] w [2,3] + b [3], times two where any y > 0 in a branch: attributes and nested graphs of many kinds. */
function example(): ModelProto {
  const branch = (factor: number) =>
    graph({
      name: `times${factor}`,
      node: [
        node('Constant', [], ['factor'], [tensorAttribute('value', encodeTensor('', float32([factor], [])))]),
        node('Mul', ['y', 'factor'], ['scaled']),
      ],
      output: [encodeValueInfo('scaled', 'float32', ['N', 3])],
    })
  return {
    irVersion: 8,
    producerName: 'maskwright',
    graph: graph({
      node: [
        node('Gemm', ['x', 'w', 'b'], ['y'], [floatAttribute('alpha', 1), intAttribute('transB', 0)]),
        node('ReduceSum', ['y', ''], ['total'], [intAttribute('keepdims', 0)]),
        node('Greater', ['total', 'zero'], ['positive']),
        node(
          'If',
          ['positive'],
          ['z'],
          [
            attributeOf('then_branch', ATTRIBUTE_TYPE.GRAPH, { g: branch(2) }),
            attributeOf('else_branch', ATTRIBUTE_TYPE.GRAPH, { g: branch(1) }),
          ],
        ),
      ],
      initializer: [
        encodeTensor('w', float32([1, 2, 3, 4, 5, 6], [2, 3])),
        encodeTensor('b', float32([0.5, 0, -0.5])),
        encodeTensor('zero', float32([0], [])),
      ],
      input: [encodeValueInfo('x', 'float32', ['N', 2])],
      output: [encodeValueInfo('z', 'float32', ['N', 3])],
      valueInfo: [encodeValueInfo('y', 'float32', ['N', 3])],
    }),
    metadataProps: [{ key: 'licence', value: 'MIT' }],
    opsetImport: [{ domain: '', version: 17 }],
  }
}

describe('encodeModel', () => {
  it('writes the bytes that the field numbers of onnx.proto demand', () => {
    const model: ModelProto = {
      irVersion: 8,
      graph: graph({ node: [{ opType: 'Relu', input: ['x'], output: ['y'], attribute: [] }] }),
      metadataProps: [],
      opsetImport: [{ version: 17 }],
    }
    // ir_version: field 1 varint. graph: field 7, 17 bytes = node: field 1, 12 bytes (input 1, output 2, op_type 4),
    // then name: field 2. opset_import: field 8 with version: field 2.
    const relu = [0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 4, 0x52, 0x65, 0x6c, 0x75]
    const bytes = [0x08, 8, 0x3a, 17, 0x0a, 12, ...relu, 0x12, 1, 0x67, 0x42, 2, 0x10, 17]
    expect([...encodeModel(model)]).toEqual(bytes)
  })

  it('is undone by decodeModel', () => {
    expect(decodeModel(encodeModel(example()))).toEqual(example())
  })

  it('keeps every kind of attribute', () => {
    const attribute = [
      floatAttribute('f', 0.5),
      intAttribute('i', -3),
      stringAttribute('s', 'größe'),
      tensorAttribute('t', encodeTensor('', int64([2 ** 40]))),
      floatsAttribute('floats', [1.5, -2]),
      intsAttribute('ints', [-1, 0, 2 ** 52]),
      attributeOf('strings', ATTRIBUTE_TYPE.STRINGS, { strings: [Uint8Array.of(0x61), new Uint8Array()] }),
    ]
    const model = { ...example(), graph: graph({ node: [node('Any', [], ['y'], attribute)] }) }
    expect(decodeModel(encodeModel(model)).graph.node[0].attribute).toEqual(attribute)
  })

  const python = '/usr/bin/python3'
  const check =
    'import sys, onnx; onnx.checker.check_model(onnx.load_from_string(sys.stdin.buffer.read()), True)'
  const hasOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0
  it.skipIf(!hasOnnx)(
    'passes the full check of the reference package (skipped where python3-onnx is missing)',
    () => {
      const { status, stderr } = spawnSync(python, ['-c', check], { input: encodeModel(example()) })
      expect(stderr.toString()).toBe('')
      expect(status).toBe(0)
    },
  )
})

describe('decodeModel', () => {
  it('refuses every truncation', () => {
    const whole = encodeModel({ ...example(), metadataProps: [] })
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeModel(whole.subarray(0, length)), `${length} bytes`).toThrow(GraphError)
    }
  })

  it('refuses other files in one line', () => {
    const png = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82])
    expect(() => decodeModel(png)).toThrow(/^not an ONNX file, or one cut short/)
    expect(() => decodeModel(new TextEncoder().encode('<html>not found</html>'))).toThrow(GraphError)
  })

  it('skips fields it does not know and reads packed integers', () => {
    // Field 25 (functions) empty; then a node with an attribute whose ints (field 8) are packed.
    const bytes = [
      0x08, 8, 0xca, 0x01, 0, 0x3a, 18, 0x0a, 13, 0x22, 1, 0x41, 0x2a, 8, 0x0a, 1, 0x6b, 0x42, 3, 5, 0x96, 1,
    ]
    const model = decodeModel(Uint8Array.from([...bytes, 0x12, 1, 0x67, 0x42, 2, 0x10, 17]))
    expect(model.graph.node[0].attribute[0]).toMatchObject({ name: 'k', ints: [5, 150] })
  })
})

describe('tensor protos', () => {
  it('turn back into the tensors they were made of', () => {
    const half = tensor('float16', [1, 2], Uint16Array.of(0x3c00, 0xbc00))
    for (const source of [
      half,
      int64([2 ** 40, -2]),
      float32([], [0, 4]),
      tensor('bool', [], Uint8Array.of(1)),
    ]) {
      const proto = encodeTensor('t', source)
      expect(decodeTensor(proto)).toEqual(source)
      expect(decodeTensor({ ...proto, rawData: Buffer.from(proto.rawData!) })).toEqual(source)
    }
  })

  it('read the list field where there is no raw data', () => {
    const proto = { ...encodeTensor('t', int64([])), dims: [2], rawData: undefined, int64Data: [5n, -6n] }
    expect(decodeTensor(proto)).toEqual(int64([5, -6]))
  })

  it('say what is wrong', () => {
    const short = { ...encodeTensor('w', float32([1, 2])), dims: [3] }
    expect(() => decodeTensor(short)).toThrow(
      /w: tensor data does not fit its dims; expected 3 elements, got 2/,
    )
    const external = { ...encodeTensor('w', float32([1])), dataLocation: 1 }
    expect(() => decodeTensor(external)).toThrow(/w: tensor data lies in another file/)
    expect(() => dtypeOf(8, 'labels')).toThrow(/labels: element type is not supported.*ONNX type 8/)
  })
})
