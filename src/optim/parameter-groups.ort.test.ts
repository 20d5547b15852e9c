import { describe, expect, it } from 'vitest'
import recorded from '../../test/fixtures/parameter-groups.json' with { type: 'json' }
import { runGraph } from '../../test/run-graph.ts'
import { input } from '../graph/value.ts'
import { scalar } from '../ops/infer.ts'
import { float32, type Tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { adamw } from './adamw.ts'
import {
  applyUpdates,
  chain,
  type GradientTransform,
  type Parameter,
  scaleByRate,
  type Values,
} from './gradient-transform.ts'
import { sgd } from './sgd.ts'

type Numbers = Readonly<Record<string, readonly number[]>>

/** Three parameters with a rate each, the last of which is trained after three steps: by name, after every step. */
async function trajectory(optimizer: GradientTransform): Promise<Record<string, number[]>[]> {
  const transform = chain(optimizer, scaleByRate())
  const since: Readonly<Record<string, number>> = recorded.since
  const path: Record<string, number[]>[] = []
  let state: Record<string, Tensor> = tensors(recorded.start)
  for (const [step, gradients] of recorded.gradients.entries()) {
    const trained = Object.entries(recorded.rates).filter(([name]) => step >= (since[name] ?? 0))
    const parameters = trained.map(
      ([name, rate]): Parameter => ({ name, shape: [4], role: 'weight', rate, since: since[name] }),
    )
    const named = (prefix: string): Values =>
      new Map(parameters.map(({ name }) => [name, input(prefix + name, 'float32', [4])]))
    const slots = transform.slots(parameters)
    for (const { name, shape } of slots) state[name] ??= zeros('float32', shape)
    const kept: Values = new Map(slots.map(({ name, shape }) => [name, input(name, 'float32', shape)]))
    const values = named('')
    const result = transform.update({ updates: named('gradient:'), values, state: kept, parameters })
    const moved = applyUpdates(values, result.updates, scalar('float32', recorded.rate))
    const next = [...moved, ...result.state].map(([name, value]) => [`next:${name}`, value])
    const given = Object.entries(tensors(gradients)).map(([name, value]) => [`gradient:${name}`, value])
    const wanted = new Set([
      ...[...values.keys()].flatMap((name) => [name, `gradient:${name}`]),
      ...kept.keys(),
    ])
    const feeds = [...Object.entries(state), ...given].filter(([name]) => wanted.has(name as string))
    const out = await runGraph(Object.fromEntries(next), Object.fromEntries(feeds))
    const fresh = Object.entries(out).map(([name, value]) => [name.slice('next:'.length), value])
    state = { ...state, ...Object.fromEntries(fresh) }
    path.push(
      Object.fromEntries(Object.keys(recorded.rates).map((name) => [name, toNumbers(state[name])] as const)),
    )
  }
  return path
}

function tensors(numbers: Numbers): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, float32(values)]))
}

describe('parameter groups move as PyTorch moves them', () => {
  it.each([
    ['adamw', adamw({ weightDecay: 0.05 })],
    ['sgd', sgd({ momentum: 0.9, weightDecay: 0.01 })],
  ] as const)('%s', async (name, optimizer) => {
    const path = await trajectory(optimizer)
    for (const [step, expected] of recorded.after[name].entries()) {
      for (const [parameter, values] of Object.entries(expected)) {
        for (const [i, value] of values.entries()) {
          expect(path[step][parameter][i], `${parameter} after step ${step + 1}`).toBeCloseTo(value, 5)
        }
      }
    }
  })
})
