import { describe, expect, it } from 'vitest'
import { goldenAvailable, openGolden } from '../goldens.ts'
import { runTorchvisionTrain } from './torchvision-train.ts'

const CASES = ['tv-maskrcnn-r50-train-a', 'tv-maskrcnn-r50-train-b']

describe('training losses and gradients as torchvision', () => {
  for (const name of CASES) {
    it.skipIf(!goldenAvailable(name))(
      `${name} (skipped where the recorded case is absent)`,
      async () => {
        const comparisons = await runTorchvisionTrain(openGolden(name))
        expect(comparisons.length).toBeGreaterThan(50)
        expect(comparisons.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([])
      },
      300_000,
    )
  }
})
