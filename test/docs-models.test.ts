/** docs/models.md is made of the presets and the published weights; those are what they say. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { modelsPage } from '../benchmarks/models/page.ts'
import { input } from '../src/graph/value.ts'
import { BODY_SCHEMA, type BodyConfig } from '../src/models/bodies/bodies.ts'
import { buildModel, type ModelConfig } from '../src/models/catalogue.ts'
import { PRESETS } from '../src/models/presets.ts'
import { BATCH_NORM } from '../src/nn/norm.ts'
import { asInputs, rootScope } from '../src/nn/scope.ts'
import { elementCount } from '../src/tensor/shape.ts'
import { PUBLISHED } from '../src/weights/published/published-table.ts'

it('holds every preset, with what is published of it', () => {
  const written = readFileSync(new URL('../docs/models.md', import.meta.url), 'utf8')
  expect(written, 'npx tsx benchmarks/models.ts write').toBe(modelsPage())
}, 60_000)

/**
 * Numbers of what follows the body in a classifier of 1000 classes, by its channels: a linear layer, of MobileNetV3 two, of
 * EfficientNets-Lite a convolution and its norm before it.
 */
const linear = (channels: number) => 1000 * channels + 1000
const lite = (channels: number) => 1280 * channels + 2 * 1280 + linear(1280)
const CLASSIFIERS: Readonly<Record<string, number>> = {
  resnet18: linear(512),
  resnet34: linear(512),
  mobilenet_v2: linear(1280),
  mobilenet_v3_large: 960 * 1280 + 1280 + linear(1280),
  efficientnet_lite0: lite(320),
  efficientnet_lite1: lite(320),
  efficientnet_lite2: lite(352),
  efficientnet_lite3: lite(384),
}

it.each(PUBLISHED.filter(({ parameters }) => parameters))(
  '$name has as many parameters as its publisher says',
  ({ kind, architecture, parameters }) => {
    const isMobile = architecture.startsWith('mobilenet')
    const like = PRESETS[isMobile ? 'fasterrcnn_mobilenet_v3_large_fpn' : 'fasterrcnn_resnet50_fpn']()
    const backbone = { name: architecture, norm: BATCH_NORM } as BodyConfig
    const config = kind === 'model' ? PRESETS[architecture]() : ({ ...like, backbone } as ModelConfig)
    const asked = asInputs()
    const image = input('image', 'uint8', ['H', 'W', 3])
    buildModel(config).inference(rootScope(asked.resolve, 'batch'), image)
    const counted = [...asked.specs.values()]
      .filter((spec) => spec.kind === 'param' && (kind === 'model' || spec.name.startsWith('backbone.body.')))
      .reduce((sum, { shape }) => sum + elementCount(shape), 0)
    const rest = kind === 'model' ? 0 : (CLASSIFIERS[architecture] ?? linear(2048))
    expect(counted + rest).toBe(parameters)
  },
)

it.each(PUBLISHED)('$name is of something that can be built', ({ kind, architecture }) => {
  if (kind === 'model') expect(Object.keys(PRESETS)).toContain(architecture)
  else expect(BODY_SCHEMA.safeParse({ name: architecture, norm: BATCH_NORM }).success).toBe(true)
})
