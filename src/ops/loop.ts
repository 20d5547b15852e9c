import { ShapeError } from '../errors.ts'
import { bodyGraph } from '../graph/graph.ts'
import { type Body, defineOp, emit, type Inputs } from '../graph/op.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { tensor } from '../tensor/tensor.ts'
import { reshape, type Size, sizes } from './layout.ts'

let loops = 0

/**
 * Inputs: most iterations (int64), whether to begin (bool), and the state. The body takes iteration, condition and state, and
 * gives the condition to go on, the next state, and values of each iteration. Outputs: the last state, then the values of all
 * iterations along a new first axis.
 */
export const Loop = defineOp<{ readonly body: Body }>({
  name: 'Loop',
  infer(inputs, { body }) {
    const state = stateOf(inputs)
    const [, ...results] = body.outputs
    for (const [i, { dtype, shape }] of state.entries()) {
      const next = results[i]
      if (next?.dtype === dtype && next.shape.length === shape.length) continue
      throw new ShapeError(`part ${i} of a loop's state changes its type`, {
        expected: `${dtype} of rank ${shape.length}`,
        got: next ? `${next.dtype} of rank ${next.shape.length}` : 'nothing',
      })
    }
    const iterations = `iterations${loops++}`
    return [
      ...state.map(({ dtype, shape }) => ({ dtype, shape })),
      ...results.slice(state.length).map(({ dtype, shape }) => ({ dtype, shape: [iterations, ...shape] })),
    ]
  },
})

function stateOf(inputs: Inputs): Value[] {
  return inputs.slice(2) as Value[]
}

/** What one iteration makes of a state. */
export interface Iteration<S extends readonly Value[]> {
  readonly state: S
  /** Whether there is another, bool scalar. */
  readonly goesOn: Value<'bool'>
  /** Values to be kept of every iteration. */
  readonly kept: readonly Value[]
}

/**
 * Repeats `step` at most `most` times, and while it says so: the last state, and what was kept, `[iterations, ...]` each.
 * `step` may use the state it is given and constants. Nothing is differentiated through a loop.
 */
export function loop<const S extends readonly Value[]>(
  most: Size,
  state: S,
  step: (state: S) => Iteration<S>,
): { readonly state: S; readonly kept: readonly Value[] } {
  const places = state.map(({ dtype, shape }, i) => input(`state:${i}`, dtype, shape))
  const iteration = input('iteration', 'int64', [])
  const condition = input('condition', 'bool', [])
  const { state: next, goesOn, kept } = step(places as unknown as S)
  const body: Body = { inputs: [iteration, condition, ...places], outputs: [goesOn, ...next, ...kept] }
  bodyGraph(body)
  const begins = constant(tensor('bool', [], Uint8Array.of(1)))
  const outputs = emit(Loop, [reshape(sizes([most]), []), begins, ...state], { body })
  return {
    state: outputs.slice(0, state.length) as unknown as S,
    kept: outputs.slice(state.length),
  }
}
