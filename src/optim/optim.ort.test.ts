import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { hashfill } from '../../test/recipe.ts'
import { runGraph } from '../../test/run-graph.ts'
import { input } from '../graph/value.ts'
import { scalar } from '../ops/infer.ts'
import { float32, type Tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { adamw } from './adamw.ts'
import { clipByGlobalNorm, globalNorm } from './clip.ts'
import { averaged, averageSlots } from './ema.ts'
import { applyUpdates, type GradientTransform, type Parameter, type Values } from './gradient-transform.ts'
import { sgd } from './sgd.ts'

const parameter: Parameter = { name: 'p', shape: [5, 7], role: 'weight' }

/** Values of one parameter after every step. */
async function trajectory(
  transform: GradientTransform,
  rate: number,
  start: Tensor,
  gradients: readonly Tensor[],
  of: Parameter = parameter,
): Promise<number[][]> {
  const slots = transform.slots([of])
  const values: Values = new Map([['p', input('p', 'float32', of.shape)]])
  const state: Values = new Map(slots.map(({ name, shape }) => [name, input(name, 'float32', shape)]))
  const updates: Values = new Map([['p', input('gradient', 'float32', of.shape)]])
  const result = transform.update({ updates, values, state, parameters: [of] })
  const outputs = new Map([...applyUpdates(values, result.updates, scalar('float32', rate)), ...result.state])
  const next = Object.fromEntries([...outputs].map(([name, value]) => [`next:${name}`, value]))
  let current: Record<string, Tensor> = {
    p: start,
    ...Object.fromEntries(slots.map(({ name, shape }) => [name, zeros('float32', shape)])),
  }
  const path: number[][] = []
  for (const gradient of gradients) {
    const out = await runGraph(next, { ...current, gradient })
    current = Object.fromEntries(Object.entries(out).map(([name, value]) => [name.slice(5), value]))
    path.push(toNumbers(current.p))
  }
  return path
}

describe('optimizers as PyTorch', () => {
  it.each([
    ['sgd.trajectory', sgd({ momentum: 0.9, weightDecay: 0.01 }), 0.05],
    ['adamw.trajectory', adamw({ weightDecay: 0.05 }), 0.01],
  ] as const)('%s', async (key, transform, rate) => {
    const golden = openGolden('nn-ops-a')
    const { seed } = golden.case
    const gradients = [0, 1, 2, 3].map((step) => hashfill(seed, `g${step}`, [5, 7], 1, 0))
    const got = await trajectory(transform, rate, hashfill(seed, 'p', [5, 7], 1, 0), gradients)
    // The record begins with the start.
    const expected = toNumbers(golden.outputs.get(key)!).slice(35)
    const largest = Math.max(...expected.map(Math.abs))
    const difference = Math.max(...got.flat().map((value, i) => Math.abs(value - expected[i])))
    expect(difference).toBeLessThan(2e-6 * largest)
  })
})

describe('by hand', () => {
  const start = float32([2])
  const gradients = [float32([1]), float32([1])]

  it('SGD gathers momentum and leaves biases undecayed', async () => {
    const transform = sgd({ momentum: 0.5, weightDecay: 100 })
    const bias: Parameter = { name: 'p', shape: [1], role: 'bias' }
    // Buffers 1 and 1.5, rate 0.1.
    const path = await trajectory(transform, 0.1, start, gradients, bias)
    expect(path.flat().map((value) => Math.fround(value))).toEqual([1.9, 1.75].map(Math.fround))
  })

  it('clips by the norm of all gradients together', async () => {
    const values: Values = new Map([
      ['a', input('a', 'float32', [1])],
      ['b', input('b', 'float32', [1])],
    ])
    const { updates } = clipByGlobalNorm(1).update({
      updates: values,
      values,
      state: new Map(),
      parameters: [],
    })
    const feeds = { a: float32([3]), b: float32([4]) }
    const out = await runGraph(
      { norm: globalNorm(values), clippedA: updates.get('a')!, clippedB: updates.get('b')! },
      feeds,
    )
    expect(out.norm.data[0]).toBe(5)
    expect(out.clippedA.data[0]).toBeCloseTo(0.6, 6)
    expect(out.clippedB.data[0]).toBeCloseTo(0.8, 6)
  })

  it('averages move a part of the way', async () => {
    const [slot] = averageSlots([{ name: 'p', shape: [1] }])
    expect(slot).toEqual({ name: 'ema/p', shape: [1], start: { copyOf: 'p' } })
    const state: Values = new Map([['ema/p', input('ema/p', 'float32', [1])]])
    const next = averaged(new Map([['p', input('p', 'float32', [1])]]), state, 0.75)
    const out = await runGraph({ average: next.get('ema/p')! }, { p: float32([4]), 'ema/p': float32([0]) })
    expect(out.average.data[0]).toBe(1)
  })
})
