import { describe, expect, it } from 'vitest'
import { resolveConfig } from './config.ts'
import { requireSameRun } from './config-parts.ts'

const config = resolveConfig(
  {
    model: { name: 'mask-rcnn' },
    data: { train: { images: 'photos', annotations: 'train.json', repeat: null } },
    steps: 10,
  },
  { where: 'config.json' },
)
const written = () => JSON.parse(JSON.stringify(config))

describe('requireSameRun', () => {
  it('takes a run that was started before a setting existed which is off', () => {
    const started = written()
    delete started.data.train.repeat
    expect(() => requireSameRun(started, config, 'config.json')).not.toThrow()
  })

  it('names a setting that was on, or had another value', () => {
    const repeated = written()
    repeated.data.train.repeat = { threshold: 0.5 }
    expect(() => requireSameRun(repeated, config, 'config.json')).toThrow(
      'config.json: data.train.repeat is not what the run was started with; expected {"threshold":0.5}, got null',
    )
    const seeded = { ...written(), seed: 7 }
    expect(() => requireSameRun(seeded, config, 'config.json')).toThrow(
      'config.json: seed is not what the run was started with; expected 7, got 0',
    )
  })

  it('lets a run go on longer and from another folder', () => {
    const started = { ...written(), steps: 5, threads: 1, saveEvery: 3 }
    started.data.train.images = 'elsewhere'
    expect(() => requireSameRun(started, config, 'config.json')).not.toThrow()
  })
})
