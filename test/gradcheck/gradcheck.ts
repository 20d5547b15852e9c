import { gradients } from '../../src/autodiff/gradients.ts'
import type { FloatValue } from '../../src/autodiff/rule.ts'
import type { Dim } from '../../src/graph/dim.ts'
import { graph } from '../../src/graph/graph.ts'
import { toOnnx } from '../../src/graph/to-onnx.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { createSession } from '../../src/node/session.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import type { Session } from '../../src/runtime/session.ts'
import { type Random, random as seededRandom } from '../../src/tensor/random.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'

/** One float input of a case. */
export interface InputSpec {
  readonly shape: readonly number[]
  /** The dims as the graph knows them, where some are symbols. */
  readonly dims?: readonly Dim[]
  /** Range of the random values, -1 to 1 where not given. */
  readonly range?: readonly [number, number]
  /** `distinct`: no two values closer than 1 / count of the range, for maxima. */
  readonly values?: readonly number[] | 'distinct'
}

/** A function whose gradient is compared with differences. */
export interface GradientCase {
  readonly name: string
  readonly inputs: readonly InputSpec[]
  readonly build: (inputs: FloatValue[]) => Value
  /** float32 where the runtime has no kernel for float64. */
  readonly dtype?: 'float32' | 'float64'
  readonly step?: number
  readonly tolerance?: number
}

/** The largest deviation found, and where. */
export interface Deviation {
  readonly input: number
  readonly element: number
  readonly gradient: number
  readonly difference: number
  readonly error: number
}

/** Elements of an input that are tried; all where there are fewer. */
const TRIED = 40

/**
 * Compares the gradient of `sum(y * weights)`, weights drawn at random, with central differences whose
 * sum is taken on the host in double precision. Returns the worst deviation, relative to
 * `1 + |difference|`, over a seeded choice of elements of every input; infinite where anything is not a number.
 */
export async function worstDeviation(problem: GradientCase): Promise<Deviation> {
  const { dtype = 'float64', step = dtype === 'float64' ? 1e-5 : 1e-2 } = problem
  const random = seededRandom(7)
  const feeds: Record<string, Tensor> = {}
  const values = problem.inputs.map((spec, i) => {
    feeds[`x${i}`] = floatTensor(dtype, spec.shape, numbers(spec, random))
    return input(`x${i}`, dtype, spec.dims ?? spec.shape) as FloatValue
  })
  const y = problem.build(values)
  const forward = await open({ y })
  const first = (await forward.run(feeds)).y
  const weights = toNumbers(first).map(() => Math.fround(random.uniform() * 2 - 1))
  const weighted = mul(y, input('weights', y.dtype, y.shape))
  const slopes = gradients(reduceSum(weighted), values)
  const weightFeed = { weights: floatTensor(y.dtype, first.shape, weights) }
  const backward = await open(Object.fromEntries(slopes.map((slope, i) => [`g${i}`, slope])))
  const found = await backward.run(pick({ ...feeds, ...weightFeed }, backward))
  const loss = async (changed: Readonly<Record<string, Tensor>>) => {
    const data = toNumbers((await forward.run(changed)).y)
    return data.reduce((sum, value, i) => sum + value * weights[i], 0)
  }
  let worst: Deviation = { input: -1, element: -1, gradient: 0, difference: 0, error: 0 }
  for (const [i, spec] of problem.inputs.entries()) {
    const gradient = found[`g${i}`]
    if (`${gradient.shape}` !== `${spec.shape}`)
      throw new Error(`gradient ${i} has shape [${gradient.shape}]`)
    for (const element of choose(elementCount(spec.shape), random)) {
      const at = (delta: number) => {
        const data = toNumbers(feeds[`x${i}`])
        data[element] += delta
        return { ...feeds, [`x${i}`]: floatTensor(dtype, spec.shape, data) }
      }
      const difference = ((await loss(at(step))) - (await loss(at(-step)))) / (2 * step)
      const slope = Number(gradient.data[element])
      const relative = Math.abs(slope - difference) / (1 + Math.abs(difference))
      const error = Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative
      if (error > worst.error) worst = { input: i, element, gradient: slope, difference, error }
    }
  }
  await Promise.all([forward.dispose(), backward.dispose()])
  return worst
}

/** The feeds a session asks for: a gradient need not depend on every input, nor on the weights. */
function pick(feeds: Readonly<Record<string, Tensor>>, session: Session): Record<string, Tensor> {
  return Object.fromEntries(
    session.inputs.filter(({ name }) => name in feeds).map(({ name }) => [name, feeds[name]]),
  )
}

async function open(outputs: Readonly<Record<string, Value>>): Promise<Session> {
  return createSession(encodeModel(toOnnx(graph(outputs))), { threads: 1 })
}

function floatTensor(dtype: string, shape: readonly number[], data: readonly number[]): Tensor {
  return dtype === 'float64'
    ? tensor('float64', shape, Float64Array.from(data))
    : tensor('float32', shape, Float32Array.from(data))
}

function numbers({ shape, range: [low, high] = [-1, 1], values }: InputSpec, random: Random): number[] {
  const count = elementCount(shape)
  if (values === 'distinct') {
    return shuffled(count, random).map((i) => low + ((i + 0.5) / count) * (high - low))
  }
  return values ? [...values] : Array.from({ length: count }, () => low + random.uniform() * (high - low))
}

function choose(count: number, random: Random): number[] {
  return shuffled(count, random).slice(0, TRIED)
}

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
