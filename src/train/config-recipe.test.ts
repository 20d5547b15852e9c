import { describe, expect, it } from 'vitest'
import { parseStoredConfig, resolveConfig } from './config.ts'
import { parseOverride } from './config-overrides.ts'
import { requireSameRun, scheduleOf } from './config-parts.ts'
import { recipeNote } from './config-recipe.ts'

const SMALLEST = {
  recipe: 'mask-rcnn-1x',
  model: { name: 'mask-rcnn' },
  data: { train: { images: 'images', annotations: 'train.json' } },
}

function resolve(more: object, ...sets: string[]) {
  return resolveConfig({ ...SMALLEST, ...more }, { where: 'config.ts', overrides: sets.map(parseOverride) })
}

describe('a recipe', () => {
  it('is what the papers say of their trainings', () => {
    const config = resolve({})
    expect(config).toMatchObject({
      recipe: 'mask-rcnn-1x',
      batchSize: 16,
      steps: 90_000,
      optimizer: { name: 'sgd', learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4 },
      augment: {
        scale: { kind: 'shortest-side', minSize: 800, maxSize: 1333 },
        horizontalFlip: 0.5,
        verticalFlip: 0,
      },
      model: { transform: { resize: { kind: 'shortest-side', minSize: 800, maxSize: 1333 } } },
      clipNorm: null,
      freeze: null,
    })
    const rate = scheduleOf(config)
    const rates = [0, 250, 500, 59_999, 60_000, 79_999, 80_000, 89_999].map((step) => rate(step))
    const expected = [0.00002, 0.01001, 0.02, 0.02, 0.002, 0.002, 0.0002, 0.0002]
    for (const [i, value] of expected.entries()) expect(rates[i]).toBeCloseTo(value, 9)
    expect(resolve({ recipe: 'centermask-1x' }).optimizer).toEqual({
      ...config.optimizer,
      learningRate: 0.01,
    })
  })

  // The lengths of Detectron's 2x and of detectron2's 3x.
  it.each([
    ['mask-rcnn-2x', 180_000, [120_000, 160_000]],
    ['mask-rcnn-3x', 270_000, [210_000, 250_000]],
  ])('%s is longer', (recipe, steps, milestones) => {
    expect(resolve({ recipe })).toMatchObject({
      steps,
      schedule: { milestones },
      optimizer: { learningRate: 0.02 },
    })
  })

  // As maskrcnn-benchmark's instructions for one GPU have it.
  it('follows the images of a step: the rate in proportion, the steps inversely', () => {
    const config = resolve({ batchSize: 2 })
    expect(config).toMatchObject({
      steps: 720_000,
      optimizer: { learningRate: 0.0025 },
      schedule: { kind: 'multi-step', milestones: [480_000, 640_000], warmupSteps: 500, warmupFactor: 0.001 },
    })
    expect(recipeNote(config)).toBe(
      'recipe mask-rcnn-1x (learning rate 0.02 and 90000 steps of 16 images): learning rate 0.0025 and 720000 steps of 2, ' +
        'times 0.1 from step 480000 and 640000 on, 0 stages frozen',
    )
    expect(resolve({}, 'batchSize=2')).toEqual(config)
    // Two batches of one image are two images a step.
    expect(resolve({}, 'batchSize=1', 'accumulate=2')).toEqual({ ...config, batchSize: 1, accumulate: 2 })
  })

  it('leaves what the configuration says as it is, and the rest fits that', () => {
    const own = resolve({ batchSize: 4, steps: 9000, optimizer: { learningRate: 0.02 } })
    expect(own.optimizer).toMatchObject({ name: 'sgd', learningRate: 0.02, momentum: 0.9 })
    expect(own.schedule).toMatchObject({ milestones: [6000, 8000] })
    const other = resolve({ optimizer: { name: 'adamw' }, schedule: { kind: 'cosine' }, clipNorm: 5 })
    expect(other.optimizer).toMatchObject({ name: 'adamw', learningRate: 0.0005, weightDecay: 0.05 })
    expect(other.schedule).toEqual({ kind: 'cosine', warmupSteps: 500, warmupFactor: 0.001 })
    expect(other.clipNorm).toBe(5)
    const small = { transform: { resize: { kind: 'shortest-side', minSize: 600 } } }
    expect(resolve({ model: { name: 'mask-rcnn', ...small } }).augment.scale).toMatchObject({ minSize: 600 })
    const keep = { transform: { resize: { kind: 'keep' } } }
    expect(resolve({ model: { name: 'mask-rcnn', ...keep } }).augment.scale).toBeNull()
    const enlarged = { kind: 'factor', from: 1, to: 2 }
    expect(resolve({ augment: { scale: enlarged } }).augment).toMatchObject({
      scale: enlarged,
      horizontalFlip: 0.5,
    })
  })

  it('freezes stem and first stage of given weights alone', () => {
    expect(resolve({ initialWeights: 'coco.safetensors' }).freeze).toMatchObject({ stages: 2 })
    expect(resolve({ initialWeights: 'coco.safetensors', freeze: null }).freeze).toBe(null)
    expect(resolve({ initialWeights: 'coco.safetensors', freeze: { stages: 1 } }).freeze).toEqual({
      ...{ stages: 1, features: 'none', until: [], parts: [] },
    })
  })

  it('is complete in the file of a run, which goes on, also longer', () => {
    const config = resolve({ batchSize: 2 })
    const stored = JSON.stringify(config)
    expect(parseStoredConfig(stored, 'config.json')).toEqual(config)
    const resume = (...sets: string[]) =>
      requireSameRun(stored, resolve({ batchSize: 2 }, ...sets), 'config.json')
    expect(() => resume()).not.toThrow()
    expect(() => resume('steps=900')).not.toThrow()
    expect(() => resume('schedule.milestones=[5]')).toThrow(
      'schedule.milestones.0 is not what the run was started with; expected 480000, got 5',
    )
  })

  it('is none where its name is not', () => {
    expect(() => resolve({ recipe: 'mask-rcn-1x', steps: 1 })).toThrow(
      'config.ts: recipe is wrong; expected one of mask-rcnn-1x, mask-rcnn-2x, mask-rcnn-3x, mask-rcnn-4x, retinanet-1x, retinanet-2x, retinanet-3x, retinanet-4x, centermask-1x, centermask-2x, centermask-3x, centermask-4x or null, got "mask-rcn-1x". Did you mean mask-rcnn-1x?',
    )
    const none = resolve({ recipe: null, steps: 1 })
    expect([none.recipe, none.batchSize, recipeNote(none)]).toEqual([null, 2, undefined])
  })
})

describe('stages to freeze', () => {
  it.each([
    ['resnet50', 6],
    ['mobilenet_v3_large', 7],
  ])('are those that %s has, and the pyramid', (name, most) => {
    const anchors = { sizes: [[32], [64], [128]], aspectRatios: [[1], [1], [1]] }
    const model = { name: 'mask-rcnn', backbone: { name }, ...(name !== 'resnet50' && { anchors }) }
    expect(resolve({ model, freeze: { stages: most } }).freeze).toMatchObject({ stages: most })
    expect(() => resolve({ model }, `freeze.stages=${most + 1}`)).toThrow(
      `--set freeze.stages=${most + 1}: freeze.stages: the backbone has fewer stages to freeze; expected at most ${most}, the last of which is the pyramid, got ${most + 1}`,
    )
  })
})
