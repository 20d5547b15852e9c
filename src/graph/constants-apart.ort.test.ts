import { expect, it } from 'vitest'
import { ZEROS } from '../nn/init.ts'
import { fromTensors, rootScope } from '../nn/scope.ts'
import { createSession } from '../node/session.ts'
import { encodeModel } from '../onnx/encode.ts'
import { mul } from '../ops/elementwise.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import { graph } from './graph.ts'
import { toOnnx } from './to-onnx.ts'
import { input, type Value } from './value.ts'

const COUNT = 200

/** Half floats 1, 2, 3, ... 200 behind 10 bytes of something else, and single floats 0, -1, -2, ... behind them. */
function fileOfWeights() {
  const bytes = new Uint8Array(412 + 4 * COUNT)
  const halves = new Uint16Array(bytes.buffer, 10, COUNT)
  // IEEE 754: exponent e - 15 in the bits from 10 on, the rest of the number in those below.
  for (let i = 0; i < COUNT; i++) {
    const power = Math.floor(Math.log2(i + 1))
    halves[i] = ((power + 15) << 10) | ((i + 1 - 2 ** power) * 2 ** (10 - power))
  }
  const singles = new Float32Array(bytes.buffer, 412, COUNT).map((_, i) => -i)
  bytes.set(new Uint8Array(singles.buffer), 412)
  return {
    bytes,
    weights: new Map<string, Tensor>([
      ['half', tensor('float16', [COUNT], halves)],
      ['single', tensor('float32', [COUNT], new Float32Array(bytes.buffer, 412, COUNT))],
    ]),
  }
}

it.each(['all', 'none'] as const)(
  'weights are taken from the bytes that they lie in (%s)',
  async (optimize) => {
    const { bytes, weights } = fileOfWeights()
    const resolve = fromTensors(weights)
    const weight = (name: string) => rootScope(resolve, 'running').param(name, [COUNT], ZEROS, 'weight')
    const x = input('x', 'float32', [1]) as Value<'float32'>
    const outputs = { halves: mul(x, weight('half')), singles: mul(x, weight('single')) }
    const files = { weights: bytes }
    const model = encodeModel(toOnnx(graph(outputs), { files }))
    expect(model.length).toBeLessThan(COUNT * 4)
    const session = await createSession(model, { files, optimize })
    // The session has what it needs of them.
    bytes.fill(0x55)
    const { halves, singles } = await session.run({ x: float32([2]) })
    expect(Array.from(halves.data as Float32Array)).toEqual(
      Array.from({ length: COUNT }, (_, i) => 2 * (i + 1)),
    )
    expect(Array.from(singles.data as Float32Array)).toEqual(
      Array.from({ length: COUNT }, (_, i) => (i === 0 ? -0 : -2 * i)),
    )
    await session.dispose()
  },
)
