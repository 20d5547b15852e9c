import { graph } from '../src/graph/graph.ts'
import type { Target } from '../src/graph/op.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import type { Value } from '../src/graph/value.ts'
import { createSession } from '../src/node/session.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import type { SessionOptions } from '../src/runtime/session.ts'
import type { Tensor } from '../src/tensor/tensor.ts'

/** Searching a graph of more nodes for memory takes longer than running it once. */
const LARGE = 500

/** Runs the graph of `outputs` once on ONNX Runtime's CPU provider. */
export async function runGraph(
  outputs: Readonly<Record<string, Value>>,
  feeds: Readonly<Record<string, Tensor>> = {},
  options: { readonly target?: Partial<Target>; readonly session?: SessionOptions } = {},
): Promise<Record<string, Tensor>> {
  const model = toOnnx(graph(outputs), { target: options.target })
  const session = await createSession(encodeModel(model), {
    ...{ threads: 2, searchMemory: model.graph.node.length <= LARGE },
    ...options.session,
  })
  try {
    return await session.run(feeds)
  } finally {
    await session.dispose()
  }
}
