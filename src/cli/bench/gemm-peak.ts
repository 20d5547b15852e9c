import { graph } from '../../graph/graph.ts'
import { toOnnx } from '../../graph/to-onnx.ts'
import { constant, input } from '../../graph/value.ts'
import { encodeModel } from '../../onnx/encode.ts'
import { matMul } from '../../ops/linear.ts'
import type { CreateSession, SessionOptions } from '../../runtime/session.ts'
import { tensor } from '../../tensor/tensor.ts'

/** Large enough that nothing but products counts, small enough for 48 MB. */
const SIDE = 2048
const ROUNDS = 16

/**
 * The most floating point operations a second that this runtime reaches with these options: those of a product of two square float32
 * matrices, in the fastest of sixteen rounds. A multiply-add is two of them.
 */
export async function gemmPeak(createSession: CreateSession, options: SessionOptions): Promise<number> {
  const numbers = Float32Array.from({ length: SIDE * SIDE }, (_, i) => ((i * 7919) % 1013) / 1013 - 0.5)
  const left = input('left', 'float32', [SIDE, SIDE])
  const product = matMul(left, constant(tensor('float32', [SIDE, SIDE], numbers)))
  const session = await createSession(encodeModel(toOnnx(graph({ product }, [left]))), options)
  try {
    let fastest = Number.POSITIVE_INFINITY
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      await session.run({ left: tensor('float32', [SIDE, SIDE], numbers) })
      fastest = Math.min(fastest, (performance.now() - started) / 1000)
    }
    return (2 * SIDE ** 3) / fastest
  } finally {
    await session.dispose()
  }
}
