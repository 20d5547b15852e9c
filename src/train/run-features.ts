/** The features that a run keeps on disk while parts of its model are frozen. */
import type { BatchMaker } from '../data/loader.ts'
import { ConfigError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { DetectionModel } from '../models/detector.ts'
import type { SessionOptions } from '../runtime/session.ts'
import { orientationsOf, readingOf } from './config-parts.ts'
import type { Phase } from './frozen-parts.ts'
import { FEATURES_FOLDER, featureBytes, openKeptFeatures } from './kept-features.ts'
import { featureGraph } from './loss-graph.ts'
import type { FeatureFacts, RunOptions } from './run-options.ts'
import type { State } from './state.ts'

interface FeatureSource {
  readonly model: DetectionModel
  readonly phase: Phase
  readonly size: Size
  readonly state: State
  readonly maker: BatchMaker
  readonly session: SessionOptions
  /** Images that are trained on. */
  readonly images: number
  /** Whether the phase begins: features are still to be made. */
  readonly isFresh: boolean
}

/** A maker of batches of features. Throws `ConfigError` where they would take more than half of what the disk has room for. */
export async function runFeatures(
  { model, phase, size, state, maker, session, images, isFresh }: FeatureSource,
  { config, files, platform, on }: RunOptions,
) {
  const { frozen } = phase
  const graph = featureGraph(model, { size, frozen })
  const orientations = orientationsOf(config)
  const facts: FeatureFacts = {
    ...size,
    images,
    orientations,
    bytes: images * orientations * featureBytes(graph),
  }
  const opened = await openKeptFeatures({
    graph,
    state,
    preparation: { scale: config.augment.scale, ...readingOf(config) },
    maker,
    readBytes: platform.readFileIn(config.data.train.images),
    files,
    createSession: platform.createSession,
    session,
  })
  if (isFresh) {
    const free = await files.freeBytes()
    if (free !== undefined && facts.bytes > free / 2) {
      throw new ConfigError('features would take more than half of what the disk has room for', {
        where: `freeze.features: ${FEATURES_FOLDER}`,
        expected: `at most ${megabytes(free / 2)}`,
        got: `${megabytes(facts.bytes)} for ${images} images`,
        hint: 'Leave freeze.features out, or train on smaller images or fewer (data.train.limit)',
      })
    }
  }
  on?.features?.(facts)
  return opened
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
