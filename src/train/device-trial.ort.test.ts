import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { THIN_TRAINING, writeSyntheticImages } from '../../test/end-to-end/synthetic-data.ts'
import type { Dataset } from '../data/dataset.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { createSession } from '../node/session.ts'
import { trainPlatform } from '../node/train-platform.ts'
import type { Session, SessionOptions } from '../runtime/session.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { resolveConfig } from './config.ts'
import { fasterDevice } from './device-trial.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-device-trial-'))
const SLOW = 400
/** What two steps take is enough. */
const MOST = 1
let train: Dataset
/** All take the same steps. */
let opened: Promise<Session> | undefined

beforeAll(async () => {
  const labels = await writeSyntheticImages(folder, 2, 1)
  train = parseCoco(labels, 'labels')
})
afterAll(async () => {
  await (await opened)?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** The processor in place of a device that this machine lacks, with something else about it. */
function onDevices(behave: (session: Session, device: SessionOptions['device']) => Session) {
  const config = resolveConfig(
    {
      ...{ ...THIN_TRAINING, steps: 5, batchSize: 1, workers: 0 },
      data: { train: { images: folder, annotations: 'labels' } },
    },
    { where: 'test' },
  )
  const platform: typeof trainPlatform = {
    ...trainPlatform,
    createSession: async (model, options = {}) => {
      opened ??= createSession(model, { ...options, device: 'cpu' })
      return behave({ ...(await opened), dispose: async () => {} }, options.device)
    },
  }
  const said: string[] = []
  return {
    said,
    chosen: () => fasterDevice('webgpu', { config, train, platform }, MOST, (line) => said.push(line)),
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('the device of a training', () => {
  it.each(['webgpu', 'cpu'] as const)('is %s where the other takes longer', async (expected) => {
    const { said, chosen } = onDevices((session, device) => ({
      ...session,
      run: async (feeds, options) => {
        if (device !== expected) await wait(SLOW)
        return session.run(feeds, options)
      },
    }))
    expect(await chosen()).toBe(expected)
    expect(said.at(-1)).toMatch(/^a step takes \S+ s on webgpu and \S+ s on the processor$/)
  })

  it('is the processor where the other computes other losses', async () => {
    const { said, chosen } = onDevices((session, device) => ({
      ...session,
      run: async (feeds, options) => {
        if (device === 'cpu') await wait(SLOW)
        const { loss, ...others } = await session.run(feeds, options)
        return { ...others, loss: device === 'cpu' ? loss : float32([toNumbers(loss)[0] * 1.01], []) }
      },
    }))
    expect(await chosen()).toBe('cpu')
    expect(said.at(-1)).toMatch(/^webgpu is not used: step 1: it computes another loss/)
  })

  it('is the processor where the other fails', async () => {
    const { said, chosen } = onDevices((session, device) => {
      if (device === 'webgpu') throw new Error('no adapter')
      return session
    })
    expect(await chosen()).toBe('cpu')
    expect(said.at(-1)).toBe('webgpu is not used: no adapter')
  })
})
