import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { ScaleConfig } from '../data/augment/resize.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { MASK_DEFAULTS } from '../models/heads/mask.ts'
import { TWO_STAGE_DEFAULTS } from '../models/two-stage.ts'
import { parseStoredConfig, resolveConfig } from './config.ts'
import { parseOverride } from './config-overrides.ts'
import type { CONFIG_SCHEMA } from './config-schema.ts'
import type { TrainConfig } from './train-config.ts'

const SMALLEST: TrainConfig = {
  model: { name: 'mask-rcnn' },
  data: { train: { images: 'images', annotations: 'train.json' } },
  steps: 10,
}

function resolve(raw: unknown, ...sets: string[]) {
  return resolveConfig(raw, { where: 'config.ts', overrides: sets.map(parseOverride) })
}

function message(raw: unknown, ...sets: string[]): string {
  try {
    resolve(raw, ...sets)
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'nothing thrown'
}

describe('a resolved configuration', () => {
  it('has nothing left to default, and says what was set', () => {
    expect(resolve(SMALLEST)).toEqual({
      recipe: null,
      goal: '',
      licence: 'not stated',
      source: '',
      model: { name: 'mask-rcnn', ...TWO_STAGE_DEFAULTS, mask: MASK_DEFAULTS },
      data: {
        intensity: 'auto',
        page: null,
        channels: null,
        train: { ...SMALLEST.data.train, onDegenerate: 'error', keepEmpty: false, repeat: null },
        val: null,
      },
      augment: {
        // Images as the model sees them.
        scale: {
          kind: 'jitter',
          from: 1,
          to: 1,
          resize: { kind: 'shortest-side', minSize: 800, maxSize: 1333 },
        },
        quarterTurns: false,
        horizontalFlip: 0,
        verticalFlip: 0,
      },
      batchSize: 2,
      accumulate: 1,
      groupByAspect: false,
      steps: 10,
      seed: 0,
      workers: 2,
      threads: null,
      planMemory: false,
      searchMemory: true,
      optimizeGraph: true,
      recompute: false,
      optimizer: {
        name: 'adamw',
        learningRate: 0.0005,
        betas: [0.9, 0.999],
        ...{ weightDecay: 0.05, decayNormsAndBiases: false, layerDecay: 1 },
      },
      schedule: { kind: 'cosine', warmupSteps: 100, warmupFactor: 0.001 },
      clipNorm: 10,
      emaDecay: null,
      freeze: null,
      logEvery: 20,
      saveEvery: 500,
      evaluateEvery: 1000,
      earlyStop: null,
      averageBest: null,
      maxInstances: 100,
      initialWeights: null,
      pretrained: null,
    })
  })

  it('reads what it writes as the same', () => {
    const config = resolve(
      { ...SMALLEST, optimizer: { name: 'sgd' }, schedule: { kind: 'multi-step', milestones: [5] } },
      'data.val={"images":"v","annotations":"v.json"}',
    )
    expect(config.optimizer).toEqual({
      name: 'sgd',
      learningRate: 0.005,
      momentum: 0.9,
      weightDecay: 0.0001,
      decayNormsAndBiases: false,
      layerDecay: 1,
    })
    expect(config.schedule).toMatchObject({ milestones: [5], gamma: 0.1 })
    expect(resolve(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })

  it('takes undefined for left out', () => {
    expect(resolve({ ...SMALLEST, seed: undefined, optimizer: { learningRate: undefined } })).toEqual(
      resolve(SMALLEST),
    )
  })

  it('takes the name of a model for starting weights, and a path for one', () => {
    const weights = (initialWeights: string) =>
      resolveConfig(
        { ...SMALLEST, initialWeights },
        { where: 'c', absolute: (path) => `/here/${path}`, isModelName: (name) => name === 'nuclei' },
      ).initialWeights
    expect(weights('nuclei')).toBe('nuclei')
    expect(weights('runs/1')).toBe('/here/runs/1')
  })

  it('places paths by where they stand', () => {
    const config = resolveConfig(SMALLEST, {
      where: 'config.ts',
      overrides: [parseOverride('data.train.images=elsewhere')],
      absolute: (path, from) => `${from === 'file' ? '/configs' : '/here'}/${path}`,
    })
    expect(config.data.train).toMatchObject({ images: '/here/elsewhere', annotations: '/configs/train.json' })
  })
})

describe('what is left out', () => {
  it('has a default where one is sensible', () => {
    const { augment, model } = resolve({
      ...SMALLEST,
      model: {
        name: 'mask-rcnn',
        backbone: { norm: { kind: 'groupNorm' } },
        fpn: { norm: { kind: 'batchNorm' } },
        anchors: { sizes: [[8], [16], [32], [64], [128]] },
        mask: { head: { norm: { kind: 'groupNorm', groups: 8 } } },
        transform: { resize: { kind: 'enlarge', minSize: 512 } },
      },
      augment: {
        color: { brightness: 0.2 },
        scale: { kind: 'shortest-side', minSize: 640 },
        crop: { height: 256, width: 256 },
      },
    })
    expect(augment).toEqual({
      color: { brightness: 0.2, contrast: 0, saturation: 0, grayscale: 0, invert: 0 },
      scale: { kind: 'shortest-side', minSize: 640, maxSize: 1333 },
      crop: { height: 256, width: 256, minVisible: 0.1, minArea: 4 },
      ...{ quarterTurns: false, horizontalFlip: 0, verticalFlip: 0 },
    })
    expect(model).toMatchObject({
      backbone: { name: 'resnet50', norm: { kind: 'groupNorm', epsilon: 1e-5 } },
      fpn: { channels: 256, norm: { kind: 'batchNorm', epsilon: 1e-5 } },
      anchors: { sizes: [[8], [16], [32], [64], [128]], aspectRatios: Array(5).fill([0.5, 1, 2]) },
      mask: { head: { convs: 4, width: 256, norm: { kind: 'groupNorm', epsilon: 1e-5, groups: 8 } } },
      transform: { resize: { kind: 'enlarge', minSize: 512, maxSize: 2048 } },
    })
  })
})

describe('names of earlier releases', () => {
  const scaled = (scale: object) => ({ ...SMALLEST, augment: { scale } })
  it.each([
    [
      { kind: 'shorter-side', sides: [640, 800], maxSize: 1000 },
      { kind: 'shortest-side', minSize: [640, 800], maxSize: 1000 },
      "augment.scale: 'shorter-side' is called 'shortest-side' now, and its sides minSize; the old name is still read",
    ],
    [
      { kind: 'shorter-side-range', from: 5, to: 6, maxSize: 7 },
      { kind: 'shortest-side-range', from: 5, to: 6, maxSize: 7 },
      "augment.scale: 'shorter-side-range' is called 'shortest-side-range' now; the old name is still read",
    ],
  ])('%j', (old, present, note) => {
    const notes: string[] = []
    const options = { where: 'config.ts', onRenamed: (text: string) => notes.push(text) }
    expect(resolveConfig(scaled(old), options).augment.scale).toEqual(present)
    expect(notes).toEqual([note])
    expect(parseStoredConfig(JSON.stringify(scaled(old)), 'config.json').augment.scale).toEqual(present)
  })
})

describe('overrides', () => {
  it.each([
    ['batchSize=8', { batchSize: 8 }],
    ['goal=two words', { goal: 'two words' }],
    ['optimizer.learningRate=1e-2', { optimizer: { learningRate: 0.01 } }],
    [
      'augment.crop={"height":64,"width":96,"minVisible":0,"minArea":0}',
      { augment: { crop: { width: 96 } } },
    ],
    ['clipNorm=null', { clipNorm: null }],
    ['data.val.images=a=b', { data: { val: { images: 'a=b' } } }],
  ])('%s', (text, expected) => {
    const raw = { ...SMALLEST, data: { ...SMALLEST.data, val: { images: 'v', annotations: 'v.json' } } }
    expect(resolve(raw, text)).toMatchObject(expected)
  })

  it('apply in order, the last one last', () => {
    expect(resolve(SMALLEST, 'seed=1', 'seed=2').seed).toBe(2)
  })

  it.each(['seed', '=1', 'a..b=1'])('refuses %s', (text) => {
    expect(() => parseOverride(text)).toThrow(
      `--set ${text}: not a setting with its value; expected key.path=value, for example optimizer.learningRate=0.01`,
    )
  })
})

describe('a setting that cannot be', () => {
  const withoutSteps = { model: SMALLEST.model, data: SMALLEST.data }
  const crop = { height: 64, width: 64, minVisible: 0.1, minArea: 4 }
  it.each<[unknown, string]>([
    [
      { ...SMALLEST, optimizer: { learningrate: 1 } },
      'config.ts: optimizer.learningrate is not a setting; did you mean optimizer.learningRate?',
    ],
    [
      { ...SMALLEST, learningRate: 1 },
      'config.ts: learningRate is not a setting; did you mean optimizer.learningRate?',
    ],
    [
      { ...SMALLEST, optimizer: { name: 'adamw', nonsense: 1 } },
      'config.ts: optimizer.nonsense is not a setting; expected one of name, learningRate, weightDecay, decayNormsAndBiases, layerDecay, betas',
    ],
    [
      { ...SMALLEST, optimizer: { name: 'sgd', betas: [0.9, 0.999] } },
      'config.ts: optimizer.betas is not a setting; expected one of name, learningRate, weightDecay, decayNormsAndBiases, layerDecay, momentum',
    ],
    [
      { ...SMALLEST, planMemory: true, searchMemory: false, augment: { crop: { height: 64, width: 64 } } },
      'config.ts: planMemory needs the search for memory; expected searchMemory true, got false. Set one of them alone, or leave planMemory out',
    ],
    [
      { ...SMALLEST, planMemory: true },
      'config.ts: planMemory needs batches of one size; expected augment.crop or freeze.features disk, got none. Set augment.crop, or leave planMemory out',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', box: { targets: { hihg: 0.5 } } } },
      'config.ts: model.box.targets.hihg is not a setting; did you mean model.box.targets.high?',
    ],
    [
      {
        ...SMALLEST,
        model: { name: 'mask-rcnn', transform: { resize: { kind: 'fixed', width: 4, hight: 4 } } },
      },
      'config.ts: model.transform.resize.hight is not a setting; did you mean model.transform.resize.height?',
    ],
    [{ ...SMALLEST, step: 10 }, 'config.ts: step is not a setting; did you mean steps?'],
    [
      { ...SMALLEST, optimizer: { learningRate: 'fast' } },
      'config.ts: optimizer.learningRate is wrong; expected a number, got "fast"',
    ],
    [
      { ...SMALLEST, optimizer: { learningRate: Number.NaN } },
      'config.ts: optimizer.learningRate is wrong; expected a number, got NaN',
    ],
    [
      { ...SMALLEST, optimizer: { learningRate: 0 } },
      'config.ts: optimizer.learningRate is wrong; expected a number above 0, got 0',
    ],
    [
      { ...SMALLEST, batchSize: 0 },
      'config.ts: batchSize is wrong; expected a whole number of at least 1, got 0',
    ],
    [{ ...SMALLEST, batchSize: 1.5 }, 'config.ts: batchSize is wrong; expected a whole number, got 1.5'],
    [{ ...SMALLEST, emaDecay: 1 }, 'config.ts: emaDecay is wrong; expected a number below 1 or null, got 1'],
    [
      { ...SMALLEST, threads: 'all' },
      'config.ts: threads is wrong; expected a whole number or null, got "all"',
    ],
    [
      { ...SMALLEST, optimizer: { name: 'adam' } },
      'config.ts: optimizer.name is wrong; expected one of adamw, sgd, got "adam". Did you mean adamw?',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', transform: { resize: { kind: 'stretch' } } } },
      'config.ts: model.transform.resize.kind is wrong; expected one of shortest-side, enlarge, fixed, keep, got "stretch"',
    ],
    [
      { ...SMALLEST, model: { name: 'unet' } },
      'config.ts: model.name is wrong; expected one of faster-rcnn, fasterrcnn_resnet50_fpn, fasterrcnn_resnet50_fpn_v2, fasterrcnn_mobilenet_v3_large_fpn, fasterrcnn_mobilenet_v3_large_320_fpn, fasterrcnn_resnet50_c4, faster_rcnn_R_50_C4, faster_rcnn_R_50_FPN, faster_rcnn_R_101_FPN, faster_rcnn_X_101_32x8d_FPN, mask-rcnn, maskrcnn_resnet50_c4, maskrcnn_resnet50_fpn, maskrcnn_resnet50_fpn_v2, mask_rcnn_R_50_C4, mask_rcnn_R_50_FPN, mask_rcnn_R_101_FPN, mask_rcnn_X_101_32x8d_FPN, keypoint-rcnn, keypointrcnn_resnet50_fpn, keypoint_rcnn_R_50_FPN, keypoint_rcnn_R_101_FPN, keypoint_rcnn_X_101_32x8d_FPN, mask-scoring-rcnn, e2e_ms_rcnn_R_50_FPN_1x, retinanet, retinanet_resnet50_fpn, retinanet_resnet50_fpn_v2, retinanet_R_50_FPN, retinanet_R_101_FPN, fcos, fcos_resnet50_fpn, centermask, centermask_R_50_FPN_ms_3x, centermask_R_101_FPN_ms_3x, centermask_X_101_FPN_ms_3x, centermask_V_39_eSE_FPN_ms_3x, centermask_V_57_eSE_FPN_ms_3x, centermask_V_99_eSE_FPN_ms_3x, centermask_lite_Mv2_FPN_ms_4x, centermask_lite_V_19_eSE_FPN_ms_4x, centermask_lite_V_19_slim_eSE_FPN_ms_4x, centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x, centermask_lite_V_39_eSE_FPN_ms_4x, got "unet"',
    ],
    [
      { ...SMALLEST, model: { name: 'mask-rcnn', backbone: { name: 'resnet19' } } },
      'config.ts: model.backbone.name is wrong; expected one of resnet18, resnet34, resnet50, resnet101, resnet152, resnext50_32x4d, resnext101_32x8d, resnext101_64x4d, vovnet19_slim_dw, vovnet19_dw, vovnet19_slim, vovnet19, vovnet39, vovnet57, vovnet99, mobilenet_v2, mobilenet_v3_large, efficientnet_lite0, efficientnet_lite1, efficientnet_lite2, efficientnet_lite3, efficientnet_lite4, got "resnet19". Did you mean resnet18?',
    ],
    [
      { ...SMALLEST, augment: { crop: { ...crop, fill: [1, 2] } } },
      'config.ts: augment.crop.fill is wrong; expected a list of at least 3, got [1,2]',
    ],
    [
      { ...SMALLEST, augment: { horizontalFlip: 50 } },
      'config.ts: augment.horizontalFlip is wrong; expected a number of at most 1, got 50',
    ],
    [
      { ...SMALLEST, augment: { quarterTurns: 1 } },
      'config.ts: augment.quarterTurns is wrong; expected true or false, got 1',
    ],
    [
      { ...SMALLEST, schedule: { kind: 'multi-step', milestones: [] } },
      'config.ts: schedule.milestones is wrong; expected a list of at least 1, got []',
    ],
    [
      { ...SMALLEST, schedule: { kind: 'multi-step', milestones: [10, 'x'] } },
      'config.ts: schedule.milestones[1] is wrong; expected a whole number, got "x"',
    ],
    [
      { ...SMALLEST, data: { train: { images: '', annotations: 'a' } } },
      'config.ts: data.train.images is wrong; expected text that is not empty, got ""',
    ],
    [
      { ...SMALLEST, data: { train: { images: 'x' } } },
      'config.ts: data.train.annotations is missing; expected text',
    ],
    [withoutSteps, 'config.ts: steps is missing; expected a whole number'],
    [
      { ...SMALLEST, augment: { scale: { kind: 'shortest-side', minSize: 'small' } } },
      'config.ts: augment.scale.minSize is wrong; expected a whole number or a list, got "small"',
    ],
    // A wrong name explains the missing one that was meant.
    [{ ...withoutSteps, step: 10 }, 'config.ts: step is not a setting; did you mean steps?'],
    [[], 'config.ts: the configuration is wrong; expected an object, got []'],
  ])('%j', (raw, expected) => {
    expect(message(raw)).toBe(`ConfigError: ${expected}`)
  })

  it.each([
    ['lr=0.1', 'optimizer.learningRate'],
    ['optimizer.lr=0.1', 'optimizer.learningRate'],
    ['learning_rate=0.1', 'optimizer.learningRate'],
    ['epochs=3', 'steps'],
    ['batch_size=4', 'batchSize'],
    ['train.images=photos', 'data.train.images'],
    ['transform.resize.minSize=3', 'model.transform.resize.minSize'],
    ['optimiser.learningRate=1', 'optimizer'],
    ['maxDetections=3', 'model.box.maxDetections'],
    ['augment.flip=0.5', 'augment.horizontalFlip'],
  ])('is found by other names: %s', (text, meant) => {
    expect(message(SMALLEST, text)).toMatch(new RegExp(`did you mean ${meant.replaceAll('.', '\\.')}\\?$`))
  })

  it('is told with all others at once', () => {
    const raw = { ...SMALLEST, batchSize: 0, optimiser: {}, planMemory: true }
    expect(message(raw, 'seed=x')).toBe(
      'ConfigError: config.ts: 4 mistakes: (1) optimiser is not a setting; did you mean optimizer? ' +
        '(2) batchSize is wrong; expected a whole number of at least 1, got 0 ' +
        '(3) --set seed=x: seed is wrong; expected a whole number, got "x" ' +
        '(4) planMemory needs batches of one size; expected augment.crop or freeze.features disk, got none. Set augment.crop, or leave planMemory out',
    )
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`zzzzzzzzzz${i}`, 1]))
    expect(message({ ...SMALLEST, ...many })).toMatch(
      /^ConfigError: config\.ts: 30 mistakes: .* and 18 more$/,
    )
  })

  it('is blamed on the flag that set it', () => {
    expect(message(SMALLEST, 'optimizer.learningrate=1')).toBe(
      'ConfigError: --set optimizer.learningrate=1: optimizer.learningrate is not a setting; did you mean optimizer.learningRate?',
    )
    expect(message(SMALLEST, 'planMemory=true')).toMatch(
      /^ConfigError: --set planMemory=true: planMemory needs/,
    )
    expect(message(SMALLEST, 'batchSize=two')).toBe(
      'ConfigError: --set batchSize=two: batchSize is wrong; expected a whole number, got "two"',
    )
  })
})

type Checked = z.infer<typeof CONFIG_SCHEMA>
type Kind<T> = T extends { readonly kind: infer K } ? K : never

it('allows every way to scale and to resize that there is', () => {
  // Compared by the compiler.
  expectTypeOf<Kind<NonNullable<Checked['augment']>['scale']>>().toEqualTypeOf<ScaleConfig['kind']>()
  expectTypeOf<Kind<NonNullable<Checked['model']['transform']>['resize']>>().toEqualTypeOf<
    ResizeRule['kind']
  >()
})
