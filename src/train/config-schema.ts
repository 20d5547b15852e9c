import { z } from 'zod'
import { type Channels, type Intensity, isChannels, isIntensity } from '../data/image-reading.ts'
import { PRETRAINED_ON } from '../models/bodies/pretrained.ts'
import { MOST } from '../models/setting-limits.ts'
import { AUGMENT_SCHEMA } from './config-augment.ts'
import { ARCHITECTURE_SCHEMA } from './config-model.ts'
import { RECIPE_NAMES } from './recipes.ts'
import type { TrainConfig } from './train-config.ts'

const count = z.int().min(1)
const share = z.number().min(0).max(1)
const positive = z.number().positive()
const strength = z.number().min(0)
const text = z.string().min(1)

const intensity = z.custom<Intensity>(
  isIntensity,
  'auto, full, or a list of two different numbers, those of black and white',
)

const channels = z.custom<Channels>(isChannels, 'a list of one or three whole numbers from 1 on')

const data = { images: text, annotations: text, limit: count.optional() }

const updates = {
  learningRate: positive.optional(),
  weightDecay: strength.optional(),
  decayNormsAndBiases: z.boolean().optional(),
  layerDecay: positive.max(1).optional(),
}
const beta = z.number().min(0).lt(1)
const optimizer = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('adamw'), ...updates, betas: z.tuple([beta, beta]).optional() }),
  z.strictObject({ name: z.literal('sgd'), ...updates, momentum: beta.optional() }),
])

const warmUp = { warmupSteps: z.int().min(0).optional(), warmupFactor: share.optional() }
const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cosine'), ...warmUp }),
  z.strictObject({ kind: z.literal('constant'), ...warmUp }),
  z.strictObject({
    kind: z.literal('multi-step'),
    ...warmUp,
    milestones: z.array(count).min(1).max(MOST.entries),
    gamma: positive.optional(),
  }),
])

/** What a config file may say, once the choices it leaves out are named (see `resolveConfig`). */
export const CONFIG_SCHEMA = z.strictObject({
  recipe: z.enum(RECIPE_NAMES).nullable().optional(),
  goal: z.string().optional(),
  licence: text.optional(),
  source: z.string().optional(),
  model: ARCHITECTURE_SCHEMA,
  data: z.strictObject({
    train: z.strictObject({
      ...data,
      onDegenerate: z.enum(['error', 'skip']).optional(),
      keepEmpty: z.boolean().optional(),
      repeat: z.strictObject({ threshold: share, attribute: text.optional() }).nullable().optional(),
    }),
    val: z
      .strictObject({ ...data, sigmas: z.array(positive).min(1).max(MOST.keypoints).optional() })
      .nullable()
      .optional(),
    intensity: intensity.optional(),
    page: count.nullable().optional(),
    channels: channels.nullable().optional(),
  }),
  augment: AUGMENT_SCHEMA.optional(),
  batchSize: count.max(MOST.batch).optional(),
  accumulate: count.max(MOST.batch).optional(),
  groupByAspect: z.boolean().optional(),
  steps: count,
  seed: z.int().min(0).optional(),
  workers: z.int().min(0).max(MOST.workers).optional(),
  threads: count.nullable().optional(),
  planMemory: z.boolean().optional(),
  searchMemory: z.boolean().optional(),
  optimizeGraph: z.boolean().optional(),
  recompute: z.boolean().optional(),
  optimizer: optimizer.optional(),
  schedule: schedule.optional(),
  clipNorm: positive.nullable().optional(),
  emaDecay: share.lt(1).nullable().optional(),
  freeze: z
    .strictObject({
      stages: z.int().min(0),
      features: z.enum(['none', 'disk']).optional(),
      until: z.array(count).max(MOST.entries).optional(),
      parts: z.array(text).max(MOST.entries).optional(),
    })
    .nullable()
    .optional(),
  logEvery: count.optional(),
  saveEvery: count.optional(),
  evaluateEvery: count.optional(),
  earlyStop: z.strictObject({ patience: count }).nullable().optional(),
  averageBest: z.int().min(2).max(MOST.averaged).nullable().optional(),
  maxInstances: count.max(MOST.instances).optional(),
  initialWeights: text.nullable().optional(),
  pretrained: z.enum(PRETRAINED_ON).nullable().optional(),
}) satisfies z.ZodType<TrainConfig>
