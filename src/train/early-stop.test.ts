import { expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import { earlyStop } from './early-stop.ts'
import { METRICS_FILE, openMetrics } from './metrics.ts'

const progress = (step: number, best: number) => ({
  ...{ step, seed: 0, position: { epoch: 0, index: step } },
  best: { figure: 0.5, step: best },
})

it('ends a run after so many evaluations in a row that are no better, those before it was resumed included', async () => {
  const files = memoryFiles()
  const log = await openMetrics(files, 0)
  const early = earlyStop({ patience: 2 }, files, (step) => step % 10 === 0)
  const take = async (step: number, best: number, from = early) => {
    await log.write({ step, loss: 1 })
    if (step % 10 === 0) await log.write({ step, val_segm_AP: 0.1 })
    await from.hook.afterStep!({ progress: progress(step, best) } as never)
    return from.signal.aborted
  }
  expect(await take(10, 10)).toBe(false)
  expect(await take(20, 10)).toBe(false)
  // Better again, so counting starts anew.
  expect(await take(30, 30)).toBe(false)
  expect(await take(40, 30)).toBe(false)
  expect(await take(45, 30)).toBe(false)
  const resumed = earlyStop({ patience: 2 }, files, (step) => step % 10 === 0)
  await resumed.look(progress(45, 30))
  expect(resumed.signal.aborted).toBe(false)
  expect(await take(50, 30, resumed)).toBe(true)
  expect(files.content.has(METRICS_FILE)).toBe(true)

  const over = earlyStop({ patience: 2 }, files, () => true)
  await over.look(progress(50, 30))
  expect(over.signal.aborted).toBe(true)
  const never = earlyStop(null, files, () => true)
  await never.look(progress(50, 30))
  expect(never.signal.aborted).toBe(false)
})
