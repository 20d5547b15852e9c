/** Values of one parameter over several steps of an optimizer. */
import { input } from '../../src/graph/value.ts'
import { scalar } from '../../src/ops/infer.ts'
import { adamw } from '../../src/optim/adamw.ts'
import { applyUpdates, type GradientTransform, type Parameter } from '../../src/optim/gradient-transform.ts'
import { sgd } from '../../src/optim/sgd.ts'
import { type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'

/** What `case.json` says about a trajectory. */
export interface TrajectoryEntry {
  readonly key: string
  readonly lr?: number
  readonly weight_decay?: number
  readonly momentum?: number
  readonly betas?: readonly [number, number]
  readonly eps?: number
}

export function sgdTrajectory(entry: TrajectoryEntry, seed: number, golden: Golden): Promise<Tensor> {
  const { momentum = 0, weight_decay: weightDecay = 0 } = entry
  return trajectory(sgd({ momentum, weightDecay }), entry, seed, golden)
}

export function adamwTrajectory(entry: TrajectoryEntry, seed: number, golden: Golden): Promise<Tensor> {
  const { weight_decay: weightDecay = 0, eps: epsilon, betas } = entry
  return trajectory(adamw({ weightDecay, betas, epsilon }), entry, seed, golden)
}

/** `[steps + 1, ...shape]`: the start, then the value after each step. */
async function trajectory(
  transform: GradientTransform,
  { key, lr }: TrajectoryEntry,
  seed: number,
  golden: Golden,
): Promise<Tensor> {
  const [count, ...shape] = (golden.outputs.get(key) as Tensor).shape
  const parameter: Parameter = { name: 'p', shape, role: 'weight' }
  const values = new Map([['p', input('p', 'float32', shape)]])
  const slots = transform.slots([parameter])
  const state = new Map(slots.map((slot) => [slot.name, input(slot.name, 'float32', slot.shape)]))
  const updates = new Map([['p', input('gradient', 'float32', shape)]])
  const step = transform.update({ updates, values, state, parameters: [parameter] })
  const fresh = [...applyUpdates(values, step.updates, scalar('float32', lr!)), ...step.state]
  const outputs = Object.fromEntries(fresh.map(([name, value]) => [`next:${name}`, value]))
  let current: Record<string, Tensor> = {
    p: hashfill(seed, 'p', shape, 1, 0),
    ...Object.fromEntries(slots.map((slot) => [slot.name, zeros('float32', slot.shape)])),
  }
  const path = [...(current.p.data as Float32Array)]
  for (let i = 0; i < count - 1; i++) {
    const out = await runGraph(outputs, { ...current, gradient: hashfill(seed, `g${i}`, shape, 1, 0) })
    current = Object.fromEntries(Object.entries(out).map(([name, value]) => [name.slice(5), value]))
    path.push(...(current.p.data as Float32Array))
  }
  return tensor('float32', [count, ...shape], Float32Array.from(path))
}
