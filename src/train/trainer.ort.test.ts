import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { rectangleBatches, SEED, SIDE, step } from '../../test/rectangle-training.ts'
import type { LoadedBatch } from '../data/loader.ts'
import { createSession } from '../node/session.ts'
import { constantRate } from '../optim/schedule.ts'
import { zeros } from '../tensor/tensor.ts'
import { checkpointWriter, loadCheckpoint, type Progress } from './checkpoint.ts'
import { logHook, saveHook } from './hooks.ts'
import { METRICS_FILE, openMetrics } from './metrics.ts'
import type { RunFiles } from './run-files.ts'
import { resumedState, type State, startState } from './state.ts'
import { openTrainSession, type TrainSession } from './train-session.ts'
import { type Hook, train } from './trainer.ts'

let session: TrainSession

beforeAll(async () => {
  session = await openTrainSession(step, createSession, { threads: 2, searchMemory: false })
}, 240_000)

afterAll(() => session.dispose())

const beginning: Progress = { step: 0, seed: SEED, position: { index: 0 } }
const start = () => startState(step, { seed: SEED })

interface RunOptions {
  readonly steps: number
  readonly progress?: Progress
  readonly state?: State
  readonly hooks?: readonly Hook[]
  readonly signal?: AbortSignal
  readonly rate?: number
  readonly change?: (batch: LoadedBatch) => LoadedBatch
}

async function run({ progress = beginning, state = start(), rate = 0.02, change, ...rest }: RunOptions) {
  const losses: number[] = []
  const record: Hook = {
    async afterStep({ scalars }) {
      losses.push(scalars.loss)
      return undefined
    },
  }
  const batches = rectangleBatches(progress.position, change)
  const hooks = [record, ...(rest.hooks ?? [])]
  const result = await train({
    ...{ step, session, state, progress, batches, schedule: constantRate(rate) },
    ...{ ...rest, hooks },
  })
  return { ...result, losses }
}

describe('training a thin Mask R-CNN', () => {
  it('learns two images by heart', async () => {
    const { losses } = await run({ steps: 120 })
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length
    expect(mean(losses.slice(-5))).toBeLessThan(0.4 * mean(losses.slice(0, 5)))
  }, 240_000)

  it('continues from a checkpoint as if it had never stopped, to the last bit', async () => {
    const whole = await run({ steps: 6 })

    const files = memoryFiles()
    const log = await openMetrics(files, 0)
    // The run goes on after its checkpoint and is killed in the middle of a line.
    await run({ steps: 5, hooks: [logHook(log, { every: 1 }), saveAt(files, 3)] })
    await files.append(METRICS_FILE, '{"step": 6, "lo')
    const { tensors, progress } = (await loadCheckpoint(files))!
    expect(progress.step).toBe(3)
    const again = await openMetrics(files, progress.step)
    const resumed = await run({
      steps: 6,
      progress,
      state: resumedState(step, tensors),
      hooks: [logHook(again, { every: 1 })],
    })

    expect(resumed.losses).toEqual(whole.losses.slice(3))
    for (const [name, { data }] of whole.state)
      expect([name, resumed.state.get(name)!.data]).toEqual([name, data])
    const lines = new TextDecoder().decode(files.content.get(METRICS_FILE)).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(lines.map((line) => JSON.parse(line).loss)).toEqual(whole.losses)
  }, 240_000)

  it('ends cleanly with a checkpoint when told to', async () => {
    const files = memoryFiles()
    const controller = new AbortController()
    const abort: Hook = {
      async afterStep({ progress }) {
        if (progress.step === 2) controller.abort()
        return undefined
      },
    }
    const hooks = [abort, saveHook(checkpointWriter(files), { every: 100 })]
    const result = await run({ steps: 50, hooks, signal: controller.signal })
    expect(result.isAborted).toBe(true)
    expect((await loadCheckpoint(files))!.progress).toEqual({
      step: 2,
      seed: SEED,
      position: { epoch: 0, index: 2 },
    })
  }, 240_000)

  it('stops where losses are no longer numbers, naming step, losses and images', async () => {
    const failing = run({ steps: 50, rate: 1e30 })
    await expect(failing).rejects.toThrow(
      /step \d+: training has left the finite numbers.*loss.*first\.png, second\.png/,
    )
  }, 240_000)

  it('does not touch the tensors it was started with, and keeps averages of everything that changes', async () => {
    const state = start()
    const before = new Map([...state].map(([name, { data }]) => [name, data.slice()]))
    const { state: after } = await run({ steps: 3, state })
    for (const [name, data] of before) expect(state.get(name)!.data).toEqual(data)
    const name = 'backbone.body.bn1.running_mean'
    expect(after.get(name)!.data).not.toEqual(before.get(name))
    expect(after.get(`ema/${name}`)!.data).not.toEqual(after.get(name)!.data)
  }, 240_000)

  it('learns from a batch without a single object', async () => {
    const empty = (batch: LoadedBatch): LoadedBatch => ({
      ...batch,
      feeds: {
        ...batch.feeds,
        gt_boxes: zeros('float32', [2, 1, 4]),
        gt_labels: zeros('int64', [2, 1]),
        gt_masks: zeros('uint8', [2, 1, SIDE, SIDE]),
      },
    })
    let last: Readonly<Record<string, number>> = {}
    const look: Hook = {
      async afterStep({ scalars }) {
        last = scalars
        return undefined
      },
    }
    await run({ steps: 2, change: empty, hooks: [look] })
    expect([last.loss_mask, last.loss_box_reg, last.loss_rpn_box_reg]).toEqual([0, 0, 0])
    expect(last.loss_objectness).toBeGreaterThan(0)
  }, 240_000)
})

/** Saves after one step only, as a run that is killed later leaves it. */
function saveAt(files: RunFiles, at: number): Hook {
  const { afterStep } = saveHook(checkpointWriter(files), { every: at })
  return { afterStep: async (moment) => (moment.progress.step === at ? afterStep?.(moment) : undefined) }
}
