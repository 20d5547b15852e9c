/** A model's graph with eight bits, calibrated on pictures. */
import { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { type Graph, inputName } from '../graph/graph.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { CALIBRATION_METHODS, type CalibrationMethod } from '../quantization/calibration-method.ts'
import { FLOAT_REASONS, type FloatReason, quantizeStatically } from '../quantization/static-quantization.ts'
import type { CreateSession } from '../runtime/session.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import { LEAST_SCORE } from './least-score.ts'

/** Pictures that show which numbers the layers take, and what is made of that. */
export interface Calibration {
  /** Each uint8 RGB `[height, width, 3]`, as the model will see them; loaded one by one, the first of them twice. */
  readonly images: readonly CalibrationPicture[]
  /** Which part of the numbers seen is told apart (see `calibratedRange`). Default `percentile`. */
  readonly method?: CalibrationMethod
  /** For `percentile`: how many percent of them. Default 99.99. */
  readonly percentile?: number
  /** Layers whose signal to noise is less, in decibels, keep float32. Default 20. */
  readonly leastSignal?: number
  readonly signal?: AbortSignal
  /** Called after each picture. */
  readonly onImage?: (done: number, runs: number) => void
}

export interface CalibrationPicture {
  /** For messages. */
  readonly name: string
  readonly load: () => Promise<Tensor<'uint8'>>
}

const CALIBRATION_OPTIONS: OptionNames<Calibration> = {
  images: true,
  method: true,
  percentile: true,
  leastSignal: true,
  signal: true,
  onImage: true,
}

/** How a graph came to its eight bits. */
export interface QuantizationRecord {
  readonly method: CalibrationMethod
  readonly percentile?: number
  /** Pictures that it was calibrated on. */
  readonly images: number
  readonly leastSignal: number
  /** Names of the layers with eight bits. */
  readonly layers: readonly string[]
  /** Layers with float32, and why. */
  readonly float: Readonly<Record<string, FloatReason>>
}

export const quantizationSchema: z.ZodType<QuantizationRecord> = z.object({
  method: z.enum(CALIBRATION_METHODS),
  percentile: z.number().optional(),
  images: z.number().int(),
  leastSignal: z.number(),
  layers: z.array(z.string()),
  float: z.record(z.string(), z.enum(FLOAT_REASONS)),
})

/** Least percentile that is taken for one: 99 and not 0.99. */
const LEAST_PERCENTILE = 90

/**
 * The graph of an exported model (of `batch` images at once, where it takes several) in which every layer has eight bits that bears
 * them. Throws `ConfigError` without pictures and for settings that mean nothing.
 */
export async function int8Graph(
  given: Graph,
  calibration: Calibration,
  batch: number | undefined,
  createSession: CreateSession,
): Promise<{ readonly graph: Graph; readonly quantization: QuantizationRecord }> {
  requireKnownOptions('calibration', calibration, CALIBRATION_OPTIONS)
  const { images, method = 'percentile', percentile = 99.99, leastSignal = 20, signal, onImage } = calibration
  if (images.length === 0) {
    throw new ConfigError('there are no images to calibrate with', {
      where: 'calibration',
      expected: 'at least 1',
    })
  }
  if (!(percentile >= LEAST_PERCENTILE && percentile <= 100)) {
    throw new ConfigError('option is wrong', {
      where: 'percentile',
      expected: `${LEAST_PERCENTILE} to 100`,
      got: `${percentile}`,
    })
  }
  const isAsked = given.inputs.some((value) => inputName(value) === LEAST_SCORE)
  const all: Record<string, Tensor> = isAsked ? { [LEAST_SCORE]: float32([0], []) } : {}
  const shown = images.map(({ name, load }) => ({
    name,
    feeds: async (): Promise<Record<string, Tensor>> => {
      const image = await load()
      return batch === undefined ? { image, ...all } : { images: repeated(image, batch) }
    },
  }))
  const { graph, layers, float } = await quantizeStatically(
    given,
    shown,
    { method, percentile, leastSignal },
    { createSession, signal, onImage },
  )
  const quantization = {
    method,
    ...(method === 'percentile' && { percentile }),
    ...{ images: images.length, leastSignal, layers, float },
  }
  return { graph, quantization }
}

function repeated({ shape, data }: Tensor<'uint8'>, times: number): Tensor<'uint8'> {
  const all = new Uint8Array(times * data.length)
  for (let i = 0; i < times; i++) all.set(data, i * data.length)
  return tensor('uint8', [times, ...shape], all)
}
