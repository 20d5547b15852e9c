/** A training in the page, from labels to a model and what it does on photos that it has not seen. */
import type { Dataset } from '../../../../src/data/dataset.ts'
import { likePictures } from '../../../../src/doctor/image-groups.ts'
import { type ImageProbe, probeImages } from '../../../../src/doctor/image-probe.ts'
import { DataError } from '../../../../src/errors.ts'
import { parseCoco } from '../../../../src/formats/coco/coco.ts'
import { cocoText } from '../../../../src/formats/coco/coco-writer.ts'
import { taughtLabels } from '../../../../src/formats/coco/labelled-photos.ts'
import { loadCheckpoint } from '../../../../src/train/checkpoint.ts'
import { parseStoredConfig } from '../../../../src/train/config.ts'
import { overrideOf, parseOverride } from '../../../../src/train/config-overrides.ts'
import { factsOf } from '../../../../src/train/data-facts.ts'
import { dealtImages, requireObjects } from '../../../../src/train/dealt-images.ts'
import { fasterDevice } from '../../../../src/train/device-trial.ts'
import { METRICS_FILE } from '../../../../src/train/metrics.ts'
import { runTraining } from '../../../../src/train/run.ts'
import { CONFIG_FILE } from '../../../../src/train/run-files.ts'
import type { TrainPlatform } from '../../../../src/train/run-options.ts'
import type { SuggestedLength } from '../../../../src/train/suggested-settings.ts'
import { suggest } from '../../../../src/train/suggestion.ts'
import {
  plannedLength,
  resumedInTime,
  runInTime,
  type TimeAllowed,
  type TimedRun,
} from '../../../../src/train/timed-run.ts'
import type { ResolvedConfig } from '../../../../src/train/train-config.ts'
import { courseOf, type Reached } from '../../../../src/train/training-state.ts'
import { gpuAdapter } from '../finder/gpu-adapter.ts'
import type { TrainingDevice, TrainingWish } from '../project/training-place.ts'
import { TEXTS } from '../texts.ts'
import { learnedEvaluation } from './learned-evaluation.ts'
import type { LearningMessage, LearnOrder } from './learning-messages.ts'
import { pageConfig, TRAIN_LABELS, VAL_LABELS } from './page-settings.ts'
import { pageTrainPlatform } from './page-train-platform.ts'
import { probePhoto } from './photo-probe.ts'
import type { StoredRun } from './stored-run.ts'

/** Of WebAssembly's 4 GB. */
const MEMORY = 2e9

export interface Learned {
  readonly steps: number
  readonly isFinished: boolean
  readonly reached?: Reached
}

/** Of the time, that trying each device may take. */
const TRIAL_SHARE = 0.04

/** What all parts of a training are given. */
interface Work {
  readonly order: LearnOrder
  readonly run: StoredRun
  readonly platform: TrainPlatform
  readonly time: TimeAllowed
  readonly tell: (message: LearningMessage) => void
  /** What computes; `auto` is found out. */
  readonly device: TrainingWish['device']
}

/**
 * Trains until it is over, or the signal says so; throws what is wrong with labels, photos and settings. Where WebGPU was found to be
 * faster and fails later, the processor goes on.
 * @param before what computed the training that it goes on with
 */
export async function learn(
  order: LearnOrder,
  run: StoredRun,
  before: TrainingDevice | undefined,
  tell: (message: LearningMessage) => void,
  signal: AbortSignal,
): Promise<Learned> {
  const platform = pageTrainPlatform(order)
  const time: TimeAllowed = {
    minutes: order.minutes,
    began: performance.now(),
    signal,
    tell: (line) => tell({ kind: 'said', line }),
    where: TEXTS.training.minutes,
  }
  let device: TrainingDevice = 'cpu'
  const work: Work = {
    ...{ order, run, platform, time },
    device: order.device === 'auto' && order.isResumed ? (before ?? 'cpu') : order.device,
    tell: (message) => {
      if (message.kind === 'device') device = message.device
      tell(message)
    },
  }
  const ended = order.isResumed ? goneOn(work) : begun(work)
  const { config, result, val } = await ended.catch(async (error: Error) => {
    if (device === 'cpu' || order.device !== 'auto' || signal.aborted) throw error
    time.tell(TEXTS.training.gpuFailed(error.message))
    const again: Work = { ...work, device: 'cpu' }
    return (await loadCheckpoint(run.files)) ? goneOn(again) : begun(again)
  })
  const { steps } = config
  if (result.isAborted) return { steps, isFinished: false }
  time.tell('looking at the photos that were kept apart')
  const reached = val && (await learnedEvaluation(run.files, val, platform, order.name, signal))
  return { steps, isFinished: true, reached }
}

async function begun(work: Work) {
  const { order, run, platform, time, tell } = work
  const { files } = run
  const { images, annotations, categories } = order
  const labels = taughtLabels(
    parseCoco({ images, annotations, categories }, 'labels', { onDegenerate: 'skip' }),
  )
  requireObjects(labels)
  time.tell('looking at the photos')
  const { dataset, alike } = await readable(labels, order, time)
  const { train, val: apart } = dealtImages(dataset, alike)
  if (!apart) time.tell('too few photos to keep some apart: nothing tells how good the model is')
  const facts = factsOf(train, { cores: order.threads, memory: MEMORY })
  const chosen = suggest(facts)
  const own = { hasVal: apart !== undefined, overrides: order.settings.map(parseOverride) }
  const configOf = (length: SuggestedLength) => pageConfig(facts, chosen, length, own)
  const device = await chosenDevice(configOf({ steps: 100, evaluateEvery: 100, reason: '' }), train, work)
  tell({ kind: 'device', device })
  const { plan, length, val } = await plannedLength(
    configOf,
    { train, val: apart, files, platform, device },
    time,
  )
  await files.write(TRAIN_LABELS, [...cocoText(train)].join(''))
  if (val) await files.write(VAL_LABELS, [...cocoText(val)].join(''))
  const start = startOf({ train, val }, work, device)
  const ofSteps = (now: SuggestedLength) => configOf({ ...now, foreseen: length.steps })
  return { ...(await runInTime({ plan, length, configOf: ofSteps, run: start }, time)), val }
}

/** With the labels and photos that it was begun with. */
async function goneOn(work: Work) {
  const { order, run, platform, time, tell } = work
  const { files } = run
  const device = work.device === 'auto' ? 'cpu' : work.device
  tell({ kind: 'device', device })
  const labels = async (name: string): Promise<Dataset | undefined> => {
    const bytes = await files.read(name)
    return bytes && parseCoco(JSON.parse(new TextDecoder().decode(bytes)), name)
  }
  const [stored, train, val] = await Promise.all([
    files.read(CONFIG_FILE),
    labels(TRAIN_LABELS),
    labels(VAL_LABELS),
  ])
  const checkpoint = await loadCheckpoint(files)
  if (!stored || !train || !checkpoint) throw new DataError('there is no training to go on with')
  const config = parseStoredConfig(new TextDecoder().decode(stored), CONFIG_FILE)
  const data = { train, val }
  const start = startOf(data, work, device)
  const { step } = checkpoint.progress
  // Steps that were set are taken, however long that is.
  const isSet = overrideOf(['steps'], order.settings.map(parseOverride)) !== undefined
  const { steps, evaluateEvery } = config
  const length = { steps, evaluateEvery, reason: 'as it was said' }
  const ended = isSet
    ? runInTime({ length, configOf: () => config, run: start, isResumed: true }, time)
    : resumedInTime(config, step, { ...data, files, platform, device }, time, start)
  return { ...(await ended), val }
}

/** Renderers in software compute no faster than WebAssembly, and take a minute to begin. */
async function chosenDevice(
  config: ResolvedConfig,
  train: Dataset,
  { device, run: { files }, platform, time: { minutes, tell, signal } }: Work,
): Promise<TrainingDevice> {
  if (device !== 'auto') return device
  const adapter = await gpuAdapter()
  if (!adapter || adapter.isSoftware) return 'cpu'
  return fasterDevice(
    'webgpu',
    { config, train, files, platform, signal },
    TRIAL_SHARE * minutes * 60_000,
    tell,
  )
}

function startOf(
  data: { readonly train: Dataset; readonly val?: Dataset },
  { order, run: { files }, platform, tell }: Work,
  device: TrainingDevice,
): TimedRun['run'] {
  const tellCourse = async () => {
    const metrics = await files.read(METRICS_FILE)
    tell({ kind: 'course', course: courseOf(new TextDecoder().decode(metrics)) })
  }
  return (config: ResolvedConfig, _, { hooks, finish, signal }) => {
    const { steps } = config
    return runTraining({
      ...data,
      ...{ config, files, platform, finish, signal, device, name: order.name },
      hooks: [...hooks, { afterStep: listening }],
      on: {
        start: (step) => tell({ kind: 'step', step, steps }),
        features: ({ images }) =>
          tell({ kind: 'said', line: `what the body makes of ${images} photos is computed once, and kept` }),
        step: ({ progress: { step } }) => tell({ kind: 'step', step, steps }),
        logged: () => void tellCourse(),
        evaluated: () => void tellCourse(),
      },
    })
  }
}

/** Lets in what was said to the worker: a step of WebAssembly is over at once, for whoever waits for it. */
async function listening(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return undefined
}

/** Without photos that cannot be read, which are told; and which of them look the same. */
async function readable(labels: Dataset, { files }: LearnOrder, { tell, signal }: TimeAllowed) {
  const probe = async (name: string): Promise<ImageProbe> => {
    const file = files.get(name)
    return file ? probePhoto(new File([file], name)) : { kind: 'missing' }
  }
  const names = labels.images.map(({ fileName }) => fileName)
  const probes = await probeImages(names, probe, { concurrency: 1, signal })
  const images = labels.images.filter(({ fileName }) => probes.get(fileName)?.kind === 'image')
  const left = labels.images.length - images.length
  if (images.length === 0) throw new DataError('no photo can be read')
  if (left > 0) tell(`${left} of ${labels.images.length} photos cannot be read and are left out`)
  const dataset = { ...labels, images }
  requireObjects(dataset)
  return { dataset, alike: likePictures(images, probes) }
}
