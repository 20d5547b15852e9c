import { describe, expect, it } from 'vitest'
import { resolveConfig } from './config.ts'
import { parseOverride, sourceOf } from './config-overrides.ts'
import { openingOf, otherData, requireSameRun } from './config-parts.ts'

const config = resolveConfig(
  {
    model: { name: 'mask-rcnn' },
    data: { train: { images: 'photos', annotations: 'train.json', repeat: null } },
    steps: 10,
  },
  { where: 'config.json' },
)
const written = () => JSON.parse(JSON.stringify(config))
const resuming = (started: unknown) => () => requireSameRun(JSON.stringify(started), config, 'config.json')

it('opens the graph of a step as the configuration says', () => {
  expect(openingOf(config)).toEqual({ planMemory: false, searchMemory: true, optimize: 'all' })
  const trial = openingOf({ ...config, searchMemory: false, optimizeGraph: false })
  expect(trial).toEqual({ planMemory: false, searchMemory: false, optimize: 'none' })
})

describe('requireSameRun', () => {
  it("takes a run that was started before a setting existed which has today's default", () => {
    const started = written()
    delete started.data.train.repeat
    delete started.data.train.keepEmpty
    delete started.data.intensity
    started.model = { name: 'mask-rcnn' }
    expect(resuming(started)).not.toThrow()
  })

  it('names a setting that was on, or had another value', () => {
    const repeated = written()
    repeated.data.train.repeat = { threshold: 0.5 }
    expect(resuming(repeated)).toThrow(
      'config.json: data.train.repeat is not what the run was started with; expected {"threshold":0.5}, got null',
    )
    const seeded = { ...written(), seed: 7 }
    expect(resuming(seeded)).toThrow(
      'config.json: seed is not what the run was started with; expected 7, got 0',
    )
  })

  it('compares what the model was, said or not', () => {
    const narrow = { ...written(), model: { name: 'mask-rcnn', fpn: { channels: 64 } } }
    expect(resuming(narrow)).toThrow(
      'config.json: model.fpn.channels is not what the run was started with; expected 64, got 256',
    )
    // A later release with another default: the file says what this run has.
    const other = written()
    other.model.box.targets.size = 256
    expect(resuming(other)).toThrow(
      'config.json: model.box.targets.size is not what the run was started with; expected 256, got 512',
    )
  })

  it('blames the flag or file that has the other value', () => {
    const whereOf = (path: readonly string[]) =>
      sourceOf(path, 'my.ts', [parseOverride('optimizer.learningRate=0.1')])
    const faster = { ...config, optimizer: { ...config.optimizer, learningRate: 0.1 } }
    expect(() => requireSameRun(JSON.stringify(config), faster, 'config.json', whereOf)).toThrow(
      '--set optimizer.learningRate=0.1: optimizer.learningRate is not what the run was started with; expected 0.0005, got 0.1',
    )
    expect(() =>
      requireSameRun(JSON.stringify(config), { ...config, seed: 7 }, 'config.json', whereOf),
    ).toThrow('my.ts: seed is not what the run was started with; expected 0, got 7')
  })

  it('names a file that was changed to what cannot be read', () => {
    expect(() => requireSameRun('{"steps": 5,}', config, 'config.json')).toThrow(
      /^config\.json: not valid JSON; got .*\. The run wrote it; undo what was changed in it$/,
    )
    expect(resuming({ ...written(), seeds: 1 })).toThrow(
      'config.json: seeds is not a setting; did you mean seed?',
    )
  })

  it('lets a run go on longer and from another folder', () => {
    const started = { ...written(), steps: 5, threads: 1, saveEvery: 3 }
    started.data.train.images = 'elsewhere'
    expect(resuming(started)).not.toThrow()
    expect(otherData(JSON.stringify(started), config, 'config.json')).toEqual([
      'data.train.images is now "photos"; the run was started with "elsewhere"',
    ])
    expect(otherData(JSON.stringify(written()), config, 'config.json')).toEqual([])
  })
})
