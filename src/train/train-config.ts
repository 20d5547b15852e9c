/** What a config file says, and its complete form. Plain JSON throughout. */
import type { AugmentConfig } from '../data/augment/augment.ts'
import type { Channels, Intensity } from '../data/image-reading.ts'
import type { RepeatConfig } from '../data/repeat-factors.ts'
import type { PretrainedOn } from '../models/bodies/pretrained.ts'
import type { NamedArchitecture } from '../models/catalogue.ts'
import type { AugmentSettings } from './config-augment.ts'
import type { ModelSettings } from './config-model.ts'
import type { RecipeName } from './recipes.ts'

/** Labelled images. Paths in a config file are relative to it, paths on the command line to the working directory. */
export interface DataConfig {
  /** Folder of the images that the annotations name. */
  readonly images: string
  /** COCO file. */
  readonly annotations: string
  /** Only the first so many images of the file. */
  readonly limit?: number
}

/** Images that a model is evaluated on. */
export interface ValDataConfig extends DataConfig {
  /**
   * Standard deviations of the keypoint similarity, one for each keypoint, or one for all, by which keypoints are compared. Default:
   * COCO's for 17 keypoints, 0.05 for each of any other number.
   */
  readonly sigmas?: readonly number[]
}

export interface TrainDataConfig extends DataConfig {
  /**
   * What becomes of annotations whose box has no area or whose polygon encloses nothing: `error` (default) ends the
   * run before it starts and names the first, `skip` leaves them out.
   */
  readonly onDegenerate?: 'error' | 'skip'
  /** Whether images without objects are trained on as well: they teach what is no object. Default false. */
  readonly keepEmpty?: boolean
  /** Images with rare categories, or of rare kinds, shown more often; null shows every image once an epoch. Default null. */
  readonly repeat?: RepeatConfig | null
}

export type OptimizerConfig = SgdConfig | AdamWConfig

/** Stochastic gradient descent with momentum, as PyTorch's. */
export interface SgdConfig {
  readonly name: 'sgd'
  /** After warm-up and before any decay. Default 0.005. */
  readonly learningRate?: number
  /** Default 0.9. */
  readonly momentum?: number
  /** Default 0.0001. */
  readonly weightDecay?: number
  /** Whether norms and biases decay like weights. Default false. */
  readonly decayNormsAndBiases?: boolean
  /** The learning rate of a part of the body by that of the part after it: 1 in heads and pyramid, this in the last part. Default 1. */
  readonly layerDecay?: number
}

/** AdamW (Loshchilov and Hutter 2019). */
export interface AdamWConfig {
  /** May be left out: AdamW is the default. */
  readonly name?: 'adamw'
  /** Default 0.0005. */
  readonly learningRate?: number
  /** Default `[0.9, 0.999]`. */
  readonly betas?: readonly [number, number]
  /** Default 0.05. */
  readonly weightDecay?: number
  /** Whether norms and biases decay like weights. Default false. */
  readonly decayNormsAndBiases?: boolean
  /** The learning rate of a part of the body by that of the part after it: 1 in heads and pyramid, this in the last part. Default 1. */
  readonly layerDecay?: number
}

/** Warm-up, in which the rate rises in a line from `warmupFactor` of it, then the shape that `kind` names. */
export type ScheduleConfig = WarmUpConfig &
  (
    | { readonly kind?: 'cosine' }
    | { readonly kind: 'constant' }
    /** The rate times `gamma` (default 0.1) from each milestone (a step) on. */
    | { readonly kind: 'multi-step'; readonly milestones: readonly number[]; readonly gamma?: number }
  )

export interface WarmUpConfig {
  /** Default 100; 0 for none. */
  readonly warmupSteps?: number
  /** Default 0.001. */
  readonly warmupFactor?: number
}

export interface FreezeConfig {
  /**
   * The first so many parts of the model's body, norms and their statistics included; one more than it has is the pyramid too. Of
   * ResNets the stem is the first; 2 is what papers leave and torchvision's `trainable_layers` 3.
   */
  readonly stages: number
  /**
   * `disk`: what the frozen parts make of an image is computed once and kept in the run's folder (float16), and steps start from
   * there. Not with augmentation that changes images otherwise than by turns and mirrors. Default `none`.
   */
  readonly features?: 'none' | 'disk'
  /** Steps after which parts learn too, the deepest that is frozen first; parts without a step stay as they are. Default none. */
  readonly until?: readonly number[]
  /** Further parts for the whole run, by the beginnings of names of their weights: `rpn`, `roi_heads.mask_head`. Default none. */
  readonly parts?: readonly string[]
}

export interface EarlyStopConfig {
  /** Evaluations in a row without a better AP. */
  readonly patience: number
}

/** What a config file exports as `config`. */
export interface TrainConfig {
  /** What papers trained with, by its name: what other settings are where they are left out. Default null. */
  readonly recipe?: RecipeName | null
  /** What the run is for and what it should reach, in a sentence or two; stands in the report. */
  readonly goal?: string
  /** Licence of the model file that comes out: an SPDX identifier, or words. */
  readonly licence?: string
  /** Where the data comes from; stands in the model file. */
  readonly source?: string
  /** The model; settings left out are torchvision's. The number of classes comes from the data. */
  readonly model: ModelSettings
  readonly data: {
    readonly train: TrainDataConfig
    /** Without it nothing is evaluated, and the last weights count as the best. */
    readonly val?: ValDataConfig | null
    /**
     * Which values of pictures of more than 8 bits become black and white, in training, in evaluation and, as the model file says
     * it, for whoever uses the model. Default `auto`: each picture has its own.
     */
    readonly intensity?: Intensity
    /** Which page, frame or plane of images that have several, counted from 1; null takes the first. Default null. */
    readonly page?: number | null
    /**
     * Which channels of images become red, green and blue, or the one shown as grey; counted from 1. The model file says it. Default
     * null: the file's colours, or its first channel.
     */
    readonly channels?: Channels | null
  }
  /** Default: images as they are. */
  readonly augment?: AugmentSettings
  /** Images of a batch. Default 2. */
  readonly batchSize?: number
  /** Whether the images of a batch are of one orientation, so that little is padded. Not for crops, which have one size. Default false. */
  readonly groupByAspect?: boolean
  /** Batches whose gradients make a step. Default 1. */
  readonly accumulate?: number
  /** Steps of the whole run. Required without a recipe. */
  readonly steps?: number
  /** Of starting weights, order, augmentation and sampling. Default 0. */
  readonly seed?: number
  /** Threads that read and augment images; 0 does it between steps. Default 2. */
  readonly workers?: number
  /** Threads that compute; null lets the runtime choose. Results are equal to the last bit for equal numbers. Default null. */
  readonly threads?: number | null
  /** Lays out the memory of a step in one block: faster, with half as much memory again. Needs crops of one size. Default false. */
  readonly planMemory?: boolean
  /**
   * False opens the graph in a third of the time, and its steps compute for up to twice as long: for thin models and trials of few
   * steps on the CPU. Numbers are the same to the last bit. Default true.
   */
  readonly searchMemory?: boolean
  /**
   * False opens the graph as it is written, without the runtime's rewriting: sooner again, and its steps take longer. For thin models and
   * trials of few steps; numbers may differ in their last bits. Default true.
   */
  readonly optimizeGraph?: boolean
  /** Computes the body a second time for its gradients in place of keeping its maps: less memory, longer steps. Default false. */
  readonly recompute?: boolean
  /** Default AdamW. */
  readonly optimizer?: OptimizerConfig
  /** Default: half a cosine over all steps. */
  readonly schedule?: ScheduleConfig
  /** Largest norm of all gradients together; null does not clip. Default 10. */
  readonly clipNorm?: number | null
  /** Part of the old average that stays in each step of the moving averages that are evaluated; null keeps none. Default null. */
  readonly emaDecay?: number | null
  /** What stays as it is; null for nothing. Default null. */
  readonly freeze?: FreezeConfig | null
  /** Steps between lines of metrics. Default 20. */
  readonly logEvery?: number
  /** Steps between checkpoints. Default 500. */
  readonly saveEvery?: number
  /** Steps between evaluations and reports; the last step is always evaluated. Default 1000. */
  readonly evaluateEvery?: number
  /** Ends the run when it gets no better; null lets it go on. Needs `data.val`. Default null. */
  readonly earlyStop?: EarlyStopConfig | null
  /**
   * At the end the weights of so many of the best evaluations are averaged, evaluated, and kept as the best model if they are. Needs
   * `data.val`. Default null.
   */
  readonly averageBest?: number | null
  /**
   * Images with more objects keep a random choice of so many: bounds the memory of a step. The others of such an image are
   * neither objects nor background in that step. Default 100.
   */
  readonly maxInstances?: number
  /** A model file, a run folder, a name, or weights of others in any format (.pth, .pkl, .safetensors): tensors that fit replace the random start. */
  readonly initialWeights?: string | null
  /**
   * Starts the body from weights that come with the package (of `efficientnet_lite0`), with nothing to download, and shows it images
   * as they expect (`model.transform.mean` and `std`). Default null.
   */
  readonly pretrained?: PretrainedOn | null
}

export type ResolvedFreeze = Required<FreezeConfig>

export type ResolvedOptimizer =
  | (Required<Omit<SgdConfig, 'name'>> & { readonly name: 'sgd' })
  | (Required<Omit<AdamWConfig, 'name'>> & { readonly name: 'adamw' })

export type ResolvedSchedule = Required<WarmUpConfig> &
  (
    | { readonly kind: 'cosine' | 'constant' }
    | { readonly kind: 'multi-step'; readonly milestones: readonly number[]; readonly gamma: number }
  )

/** A configuration with nothing left to default; paths are absolute. */
export interface ResolvedConfig
  extends Required<Omit<TrainConfig, 'model' | 'data' | 'augment' | 'optimizer' | 'schedule' | 'freeze'>> {
  readonly model: NamedArchitecture
  readonly data: {
    readonly train: DataConfig & Required<Omit<TrainDataConfig, keyof DataConfig>>
    readonly val: ValDataConfig | null
    readonly intensity: Intensity
    readonly page: number | null
    readonly channels: Channels | null
  }
  readonly augment: AugmentConfig
  readonly optimizer: ResolvedOptimizer
  readonly schedule: ResolvedSchedule
  readonly freeze: ResolvedFreeze | null
}
