/**
 * An op of your own with its gradient, and a layer that uses it: `maskwright/graph` and `maskwright/nn`. The op is not ONNX's, so
 * it says how ONNX's ops make it up (`expand`). Its gradient is compared with differences of the loss.
 */
import {
  add,
  defineOp,
  emitOne,
  encodeModel,
  float32,
  gradients,
  graph,
  input,
  mul,
  reduceSum,
  sigmoid,
  sub,
  toNumbers,
  toOnnx,
  type Value,
} from 'maskwright/graph'
import { asInputs, fromTensors, initialize, type Layer, linear, rootScope, type Scope } from 'maskwright/nn'
import { createSession } from 'maskwright/node'

/** x * sigmoid(x) (Ramachandran et al. 2017). */
const Swish = defineOp({
  name: 'Swish',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  expand: ([x]) => [mul(x as Value<'float32'>, sigmoid(x as Value<'float32'>))],
  // With y = x s: s + x s (1 - s) = s + y (1 - s) = s + y - y s.
  gradient: ({ inputs: [x], outputs: [y], gradOutputs: [g] }) => {
    const s = sigmoid(x as Value<'float32'>)
    return [mul(g as Value<'float32'>, add(s, sub(y as Value<'float32'>, mul(y as Value<'float32'>, s))))]
  },
})
const swish: Layer = (x) => emitOne(Swish, [x], {}) as Value<'float32'>

/** Two linear layers with the op between them; their weights are named `first` and `second` in the scope. */
function perceptron(scope: Scope, width: number): Layer {
  const first = linear(scope.child('first'), { in: 3, out: width })
  const second = linear(scope.child('second'), { in: width, out: 1 })
  return (x) => second(swish(first(x)))
}

// The weights the layers ask for, drawn at random.
const wanted = asInputs()
perceptron(rootScope(wanted.resolve, 'batch'), 8)(input('x', 'float32', ['N', 3]))
const weights = initialize(wanted.specs.values(), 1)

// The graph with these weights: a loss, and its gradient at x.
const x = input('x', 'float32', ['N', 3])
const y = perceptron(rootScope(fromTensors(weights), 'running'), 8)(x)
const loss = reduceSum(mul(y, y))
const [slope] = gradients(loss, [x])
const session = await createSession(encodeModel(toOnnx(graph({ loss, slope }))))

const at = [0.5, -1, 2]
const run = (values: number[]) => session.run({ x: float32(values, [1, 3]) })
const exact = toNumbers((await run(at)).slope)
const step = 1e-2
for (const [i, value] of at.entries()) {
  const moved = async (by: number) => toNumbers((await run(at.with(i, value + by))).loss)[0]
  const difference = ((await moved(step)) - (await moved(-step))) / (2 * step)
  console.log(`gradient at ${i}: ${exact[i].toFixed(3)}, by differences ${difference.toFixed(3)}`)
}
await session.dispose()
