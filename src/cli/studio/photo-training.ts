/** Trainings of a folder of photos that the studio starts: `maskwright train` in a process of its own. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Dataset } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { cocoText } from '../../formats/coco/coco-writer.ts'
import { taughtLabels } from '../../formats/coco/labelled-photos.ts'
import { loadFile, makeFolder, writeFileAtomic } from '../../node/files.ts'
import { isRunning } from '../../node/temporary-files.ts'
import type { StudioTraining, TrainingFile } from '../../studio/training.ts'
import { METRICS_FILE } from '../../train/metrics.ts'
import { CONFIG_FILE, REPORT_FILE } from '../../train/run-files.ts'
import { courseOf, NO_TRAINING, type TrainingPhase, type TrainingState } from '../../train/training-state.ts'
import { BEST_CHECKPOINT } from '../../weights/checkpoint-files.ts'
import { EVALUATION_FILE } from '../photos/closing-screen.ts'
import { type OwnCommand, startCommand } from './own-command.ts'
import {
  hasCheckpoint,
  hasModel,
  nextFolder,
  type RunRecord,
  type StudioRun,
  studioRuns,
  type TrainDocument,
  writeRecord,
} from './run-record.ts'

export interface PhotoTrainingOptions {
  readonly photos: string
  /** Folder that runs come into. */
  readonly runs: string
  readonly dataset: () => Dataset
  /** Flags of `train` besides its photos, labels, folder and minutes. */
  readonly flags: readonly string[]
  /** Told the folder of a run whose training has ended with a model. */
  readonly onModel: (folder: string) => void
}

export interface PhotoTraining extends StudioTraining {
  /** Folder of the newest run that has a model. */
  newestModel(): Promise<string | undefined>
  /** Stops what is going on, and waits until it has kept what it learned. */
  close(): Promise<void>
}

/** What is learned from: labels as they were when the training was started. */
const LABELS_FILE = 'labels.json'
/** More often than `train` has it, for a course that is looked at. */
const LOG_EVERY = 'logEvery=5'
const MOST_SAID = 30

export function openPhotoTraining(options: PhotoTrainingOptions): PhotoTraining {
  const { runs, dataset, flags, onModel } = options
  const photos = resolve(options.photos)
  const name = basename(photos)
  let going: { readonly folder: string; readonly command: OwnCommand; isStopping: boolean } | undefined
  let over: Promise<void> = Promise.resolve()
  let isBeginning = false
  let said: readonly string[] = []

  const all = () => studioRuns(runs, name, photos)
  const newest = async () => (await all()).at(-1)
  const requireNone = async () => {
    const { record, folder } = (await newest()) ?? {}
    const other = record?.process
    if (!going && !isBeginning && !isBusy(record)) return
    throw new DataError('a training is going on already', {
      where: going?.folder ?? folder,
      ...(!going && { got: `process ${other}, which another studio started` }),
      hint: 'Stop it, or wait for its end',
    })
  }
  /** What is to be begun, where nothing is going on, and nothing else is about to. */
  const alone = async (work: () => Promise<void>) => {
    await requireNone()
    if (isBeginning) return requireNone()
    isBeginning = true
    await work().finally(() => {
      isBeginning = false
    })
  }
  const begin = async (folder: string, minutes: number, more: readonly string[]) => {
    const record = { photos, minutes, began: Date.now() }
    await writeRecord({ folder, record })
    const time = ['--minutes', `${minutes}`, '--set', LOG_EVERY]
    const command = startCommand(['train', photos, '--out', folder, ...time, ...flags, ...more, '--json'])
    const current = { folder, command, isStopping: false }
    going = current
    said = command.said
    over = follow(current, { folder, record: { ...record, process: command.pid } })
  }
  const follow = async ({ command, folder }: NonNullable<typeof going>, run: StudioRun) => {
    await writeRecord(run).catch(() => undefined)
    const { output, problem } = await command.ended
    const record = { ...run.record, process: undefined, problem, result: documentIn(output) }
    await writeRecord({ folder, record }).catch(() => undefined)
    going = undefined
    if (hasModel(folder)) onModel(folder)
  }

  return {
    state: async () => {
      const run = await newest()
      if (!run) return NO_TRAINING
      const own = going?.folder === run.folder ? going : undefined
      return stateOf(run, own, said)
    },
    start: (minutes) =>
      alone(async () => {
        const folder = nextFolder(runs, name, await newest())
        await makeFolder(folder)
        const labels = join(folder, LABELS_FILE)
        await writeFileAtomic(labels, cocoText(taughtLabels(dataset())))
        await begin(folder, minutes, ['--labels', labels])
      }),
    goOn: (minutes) =>
      alone(async () => {
        const run = await newest()
        if (!run || !hasCheckpoint(run.folder)) throw new DataError('there is no training to go on with')
        await begin(run.folder, minutes, ['--resume'])
      }),
    stop: async () => {
      if (!going) throw new DataError('no training of this studio is going on')
      going.isStopping = true
      going.command.stop()
    },
    file: async (kind) => {
      const folder = (await newest())?.folder
      if (folder === undefined) throw new DataError('there was no training yet')
      const ending = kind === 'onnx' || kind === 'safetensors' ? kind : 'html'
      return { name: `${basename(folder)}.${ending}`, bytes: await loadFile(await fileOf(folder, kind)) }
    },
    newestModel: async () => (await all()).findLast(({ folder }) => hasModel(folder))?.folder,
    close: async () => {
      going?.command.stop()
      await over
    },
  }
}

async function stateOf(
  { folder, record }: StudioRun,
  own: { readonly isStopping: boolean } | undefined,
  said: readonly string[],
): Promise<TrainingState> {
  const { minutes, began, problem, result } = record
  const text = (file: string) => readFile(join(folder, file), 'utf8').catch(() => '')
  const isGoing = own !== undefined || isBusy(record)
  const phase = isGoing ? (own?.isStopping ? 'stopping' : 'running') : endedPhase(record)
  const course = courseOf(await text(METRICS_FILE))
  return {
    phase,
    folder,
    minutes,
    ...(isGoing && { minutesLeft: Math.max(0, minutes - (Date.now() - began) / 60_000) }),
    said: isGoing ? said.slice(-MOST_SAID) : [],
    ...(problem !== undefined && { problem }),
    ...course,
    steps: result?.steps ?? stepsIn(await text(CONFIG_FILE)),
    canGoOn: !isGoing && hasCheckpoint(folder),
    hasModel: hasModel(folder),
    hasReport: await isThere(join(folder, REPORT_FILE)),
    ...(!isGoing && result?.reached && { reached: result.reached }),
  }
}

function isBusy(record: RunRecord | undefined): boolean {
  return record?.process !== undefined && isRunning(record.process)
}

/** Of a run that nothing goes on with. */
function endedPhase({ problem, result }: RunRecord): TrainingPhase {
  if (problem !== undefined) return 'failed'
  if (result && result.step >= result.steps) return 'finished'
  return 'stopped'
}

/** Steps of the configuration that a run has last; undefined before it has one. */
function stepsIn(config: string): number | undefined {
  try {
    return JSON.parse(config).steps
  } catch {
    return undefined
  }
}

function documentIn(output: string): TrainDocument | undefined {
  try {
    return JSON.parse(output)
  } catch {
    return undefined
  }
}

const FILES = { report: REPORT_FILE, evaluation: EVALUATION_FILE, safetensors: BEST_CHECKPOINT } as const

async function fileOf(folder: string, kind: TrainingFile): Promise<string> {
  return kind === 'onnx' ? exported(folder) : join(folder, FILES[kind])
}

/** Made when it is first wanted, and anew where the model is a newer one. */
async function exported(folder: string): Promise<string> {
  const [model, file] = [join(folder, BEST_CHECKPOINT), join(folder, 'model.onnx')]
  const [of, made] = await Promise.all([model, file].map((path) => stat(path).catch(() => undefined)))
  if (of && made && made.mtimeMs > of.mtimeMs) return file
  const { problem } = await startCommand(['export', '--model', model, '--out', file]).ended
  if (problem !== undefined) throw new DataError(`cannot export the model: ${problem}`)
  return file
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
