/** A model file of weights that others published. */
import type { TransformConfig } from '../detection/transform.ts'
import { ConfigError, WeightError } from '../errors.ts'
import { nearestName } from '../names/nearest-name.ts'
import {
  type ConventionName,
  conventionalShapes,
  fittingConvention,
  isOfBody,
  readConventional,
  WHOLE_MODEL_CONVENTIONS,
} from '../weights/conventions.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import {
  compareWeights,
  matchWeights,
  mismatchText,
  missingText,
  type WantedWeight,
  type WeightDifferences,
} from '../weights/match-weights.ts'
import type { WeightsFile } from '../weights/weights-file.ts'
import type { ModelConfig } from './catalogue.ts'
import { classCounts } from './class-counts.ts'
import { encodeModelFile } from './model-file.ts'
import type { Category, ModelMetadata } from './model-metadata.ts'
import { presetConvention } from './preset-conventions.ts'
import { PRESETS } from './presets.ts'
import { wantedWeights } from './wanted-weights.ts'

export interface ImportOptions extends Pick<ModelMetadata, 'licence' | 'source'> {
  /** A preset by its name; or a complete architecture, whose weights then have our names (which are torchvision's). */
  readonly architecture: string | ModelConfig
  /** In the order of the weights' labels. Their number is that of the classes, and of keypoints the first's that has some. */
  readonly categories: readonly Category[]
  /** Whose names the weights have; recognised by these where not given. */
  readonly convention?: ConventionName
  /**
   * Added to the variance by the body's frozen norms, where it is not the architecture's: 0 for the first version of
   * torchvision's detectors on COCO, which torchvision runs so.
   */
  readonly normEpsilon?: number
  /** In which numbers pictures' sizes are computed, where it is not the architecture's: float32 as in torchvision before 0.16. */
  readonly scalePrecision?: TransformConfig['scalePrecision']
  readonly figures?: ModelMetadata['figures']
  /** Whether weights are stored as float16. Default false. */
  readonly float16?: boolean
}

export interface ImportedWeights {
  /** A model file. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly architecture: ModelConfig
  readonly convention: ConventionName
  /** Weights of the model. */
  readonly weights: number
  /** What was stored beside them and is no weight: counters of batches, anchors, colours. */
  readonly dropped: readonly string[]
}

/**
 * Makes a model file of weights of any format. Every weight of the model must be in the file, and nothing else: a model that is only
 * nearly the right one would find wrong things in silence. Throws `ConfigError` for a preset that does not exist, `WeightError` for
 * weights of another convention than the preset's, weights that do not fit, and numbers that are not finite.
 */
export async function importWeights(file: WeightsFile, options: ImportOptions): Promise<ImportedWeights> {
  const { architecture: given, categories, licence, source, figures = {}, float16 } = options
  const architecture = withOwn(architectureOf(given, categories), options)
  const wanted = wantedWeights(architecture)
  const sides = conventionalShapes(file.tensors).filter((side) => !isOfBody(side.convention))
  const named = sides.filter((side) => side.convention === (options.convention ?? side.convention))
  if (named.length === 0) throw unknownConvention(options.convention)
  const { convention, weights, dropped, fits } = fittingConvention(wanted, named)
  if (fits > 0) requireOwn(convention, given, architecture)
  requireFit(compareWeights(wanted, weights), wanted.size, architecture, weights)

  const { matched } = matchWeights(wanted, await readConventional(file, convention))
  requireFinite(matched)
  const metadata = { architecture, categories, licence, source, figures }
  const bytes = encodeModelFile({ metadata, weights: matched }, { float16 })
  return { bytes, architecture, convention, weights: wanted.size, dropped }
}

function architectureOf(given: ImportOptions['architecture'], categories: readonly Category[]): ModelConfig {
  const numClasses = categories.length + 1
  if (typeof given !== 'string') return { ...given, numClasses }
  if (!Object.hasOwn(PRESETS, given)) {
    throw new ConfigError('there is no such preset', {
      where: given,
      expected: nearestName(given, Object.keys(PRESETS)) ?? `one of ${Object.keys(PRESETS).join(', ')}`,
    })
  }
  const config = PRESETS[given](numClasses)
  if (config.model !== 'keypoint-rcnn') return config
  const named = categories.find(({ keypoints = [] }) => keypoints.length > 0)?.keypoints
  return { ...config, numKeypoints: named?.length ?? config.numKeypoints }
}

/** The architecture with what is said of these weights alone. */
function withOwn(config: ModelConfig, { normEpsilon, scalePrecision }: ImportOptions): ModelConfig {
  const { backbone, transform } = config
  const norm = { ...backbone.norm, ...(normEpsilon !== undefined && { epsilon: normEpsilon }) }
  return {
    ...config,
    backbone: { ...backbone, norm },
    transform: { ...transform, ...(scalePrecision && { scalePrecision }) },
  } as ModelConfig
}

function unknownConvention(convention: string | undefined): ConfigError {
  return new ConfigError('there is no such convention of whole models', {
    where: 'convention',
    expected: WHOLE_MODEL_CONVENTIONS.join(', '),
    got: convention,
  })
}

/** Weights of one publication run in the settings of another would fit, and find boxes that are shifted. */
function requireOwn(
  convention: ConventionName,
  given: ImportOptions['architecture'],
  { model, backbone }: ModelConfig,
): void {
  const own = typeof given === 'string' ? presetConvention(given) : 'torchvision'
  if (convention === own) return
  const fitting = Object.keys(PRESETS).filter((preset) => {
    const config = PRESETS[preset]()
    return (
      config.model === model &&
      config.backbone.name === backbone.name &&
      presetConvention(preset) === convention
    )
  })
  const what = typeof given === 'string' ? `${given} is a preset for weights of ${own}` : 'a model of ours'
  throw new WeightError(`the weights are of another convention than the model: ${what}`, {
    expected: `the names of ${own}`,
    got: `those of ${convention}, whose anchors, regions or colours are others`,
    hint:
      fitting.length > 0 ? `Take ${fitting.join(' or ')}` : 'No preset has this model in their convention',
  })
}

/** How many names a message tells of each kind. */
const TOLD = 3

function requireFit(
  { fitting, missing, unexpected, mismatched }: WeightDifferences,
  wanted: number,
  architecture: ModelConfig,
  weights: ReadonlyMap<string, WantedWeight>,
): void {
  if (missing.length + unexpected.length + mismatched.length === 0) return
  const told = (what: string, names: readonly string[]) => {
    const more = names.length > TOLD ? ` and ${names.length - TOLD} more` : ''
    return names.length > 0 ? [`${what} ${names.slice(0, TOLD).join(', ')}${more}`] : []
  }
  const parts = [
    `${fitting.length} that fit`,
    ...told('without', missing.map(missingText)),
    ...told('of another shape', mismatched.map(mismatchText)),
    ...told('with others that the model has not:', unexpected),
  ]
  const numClasses = otherClasses(architecture, mismatched, weights)
  throw new WeightError('the weights do not fit the model', {
    expected: `its ${wanted} weights`,
    got: parts.join('; '),
    hint: numClasses
      ? `They are of ${numClasses} classes with the background, the categories make ${architecture.numClasses}: give the categories of the weights. To train on with others, give the file as initialWeights of a training`
      : '"maskwright weights inspect" tells the likeliest preset',
  })
}

/** The number of classes of the weights, where only that is another. */
function otherClasses(
  architecture: ModelConfig,
  mismatched: WeightDifferences['mismatched'],
  weights: ReadonlyMap<string, WantedWeight>,
): number | undefined {
  return classCounts(architecture.numClasses, mismatched).find(
    (numClasses) =>
      compareWeights(wantedWeights({ ...architecture, numClasses }), weights).mismatched.length === 0,
  )
}
