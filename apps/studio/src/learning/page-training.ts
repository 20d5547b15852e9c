/** Trainings in the page itself, where no machine does it: in a worker, kept by the browser. */
import { METRICS_FILE } from '../../../../src/train/metrics.ts'
import { REPORT_FILE } from '../../../../src/train/run-files.ts'
import { courseOf, NO_TRAINING, type TrainingState } from '../../../../src/train/training-state.ts'
import { BEST_CHECKPOINT, LAST_CHECKPOINT } from '../../../../src/weights/checkpoint-files.ts'
import { pageFinder } from '../finder/page-finder.ts'
import { pageThreads } from '../finder/page-threads.ts'
import type { Session } from '../project/session.ts'
import type { TrainingPlace, TrainingWish } from '../project/training-place.ts'
import { openDatabase } from '../site/database.ts'
import { TEXTS } from '../texts.ts'
import {
  EVALUATION_FILE,
  type ExportOrder,
  type LearningMessage,
  type LearningRecord,
  type LearnOrder,
  lockName,
  STOP,
} from './learning-messages.ts'
import { storedRun } from './stored-run.ts'

const T = TEXTS.training
const FILES = { report: REPORT_FILE, evaluation: EVALUATION_FILE, safetensors: BEST_CHECKPOINT } as const
const HTML = { type: 'text/html' }
const MOST_SAID = 30

/** What the worker of this page has told of the training under way. */
interface Going {
  readonly said: string[]
  step: number
  steps?: number
  course?: ReturnType<typeof courseOf>
  isStopping: boolean
}

export function pageTraining(session: Session): TrainingPlace {
  const place = {
    project: session.place.project.labelsFile,
    page: document.baseURI,
    threads: pageThreads(),
  }
  const database = openDatabase()
  // Whoever needs it is told.
  database.catch(() => {})
  const run = database.then((opened) => storedRun(opened, place.project))
  run.catch(() => {})
  let going: Going | undefined
  const read = async (name: string) => (await run).files.read(name)

  const state = async (): Promise<TrainingState> => {
    const { record, names } = await run
    const known = await record()
    if (!known) return NO_TRAINING
    const there = await names()
    const isGoing = going !== undefined || (await isHeld(lockName(place)))
    const { minutes, began, problem, reached } = known
    const course = going?.course ?? courseOf(new TextDecoder().decode(await read(METRICS_FILE)))
    return {
      phase: isGoing ? (going?.isStopping ? 'stopping' : 'running') : endedPhase(known),
      minutes,
      ...(isGoing && { minutesLeft: Math.max(0, minutes - (Date.now() - began) / 60_000) }),
      said: going?.said.slice(-MOST_SAID) ?? [],
      ...(!isGoing && problem !== undefined && { problem }),
      ...course,
      step: Math.max(course.step, going?.step ?? 0),
      steps: going?.steps ?? known.steps,
      canGoOn: !isGoing && there.has(LAST_CHECKPOINT),
      hasModel: there.has(BEST_CHECKPOINT),
      hasReport: there.has(REPORT_FILE),
      ...(!isGoing && reached && { reached }),
    }
  }

  const begin = async (wish: TrainingWish, isResumed: boolean): Promise<TrainingState> => {
    if (going) throw new Error(T.elsewhere)
    const now: Going = { said: [], step: 0, isStopping: false }
    going = now
    try {
      if (!isResumed) await keepModel()
      // What is not asked for may be thrown away when the machine has little room.
      await navigator.storage.persist()
      await started(await orderOf(wish, isResumed), now, () => {
        going = undefined
      })
    } catch (error) {
      going = undefined
      throw error
    }
    return state()
  }

  const orderOf = async (wish: TrainingWish, isResumed: boolean): Promise<LearnOrder> => {
    const settings = wish.settings.split('\n').filter((line) => line.trim() !== '')
    const images = session.images.value
    const { signal } = new AbortController()
    const annotations = session.allObjects()
    const labelled = new Set(annotations.map(({ image_id }) => image_id))
    const wanted = images.filter(({ id, checked }) => checked !== false || labelled.has(id))
    const files = await Promise.all(
      wanted.map(async ({ id, file_name }) => [file_name, await session.place.file(id, signal)] as const),
    )
    return {
      ...{ ...place, kind: 'learn', name: session.name, ...wish, settings, isResumed },
      ...{ files: new Map(files), images: wanted, annotations, categories: session.categories.value },
    }
  }

  /** The model of the training before stays among those that can be asked. */
  const keepModel = async () => {
    const record = await (await run).record()
    const model = await read(BEST_CHECKPOINT)
    if (!model || !record) return
    const kept = { name: `${modelName(record)}.safetensors`, file: new Blob([model as BlobPart]) }
    await (await database).write(['models'], (storeOf) => storeOf('models').add(kept))
  }

  const modelName = ({ id }: LearningRecord) => T.modelName(new Date(id))

  return {
    state,
    start: (wish) => begin(wish, false),
    goOn: (wish) => begin(wish, true),
    stop: async () => {
      if (going) going.isStopping = true
      const asked = new BroadcastChannel(lockName(place))
      asked.postMessage(STOP)
      asked.close()
      return state()
    },
    file: async (kind) => {
      const content = kind === 'onnx' ? await exported({ ...place, kind: 'export' }) : await read(FILES[kind])
      if (!content) throw new Error(T.noModel)
      const ending = kind === 'onnx' || kind === 'safetensors' ? kind : 'html'
      const blob = new Blob([content as BlobPart], ending === 'html' ? HTML : {})
      return { name: `${session.name}-${kind}.${ending}`, content: blob }
    },
    finder: async () => {
      const record = await (await run).record()
      const model = await read(BEST_CHECKPOINT)
      if (!model || !record) return undefined
      const name = modelName(record)
      const source = new Blob([model as BlobPart])
      return pageFinder({ key: `${lockName(place)} ${record.id}`, name, source }, session.place.file)
    },
  }
}

/** One that nothing goes on with: the page was closed, or killed, where it is said to run. */
function endedPhase({ phase }: LearningRecord): TrainingState['phase'] {
  return phase === 'running' ? 'stopped' : phase
}

/** Only pages of https and of this machine have locks. */
async function isHeld(name: string): Promise<boolean> {
  const { held = [] } = (await navigator.locks?.query()) ?? {}
  return held.some((lock) => lock.name === name)
}

function openWorker(): Worker {
  return new Worker(new URL('./learning-worker.ts', import.meta.url), { type: 'module' })
}

/** Resolves once the training has begun; what the worker tells from then on is noted, until it has ended. */
function started(order: LearnOrder, going: Going, onEnded: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = openWorker()
    const end = (problem?: string) => {
      worker.terminate()
      onEnded()
      if (problem !== undefined) reject(new Error(problem))
    }
    worker.onerror = (event) => {
      event.preventDefault()
      end(TEXTS.workerFailed(event.message ?? ''))
    }
    worker.onmessage = ({ data }: MessageEvent<LearningMessage>) => {
      if (data.kind === 'begun') resolve()
      if (data.kind === 'said') going.said.push(data.line)
      if (data.kind === 'step') Object.assign(going, { step: data.step, steps: data.steps })
      if (data.kind === 'course') going.course = data.course
      if (data.kind === 'ended') end()
      if (data.kind === 'failed') end(data.message)
    }
    worker.postMessage(order)
  })
}

function exported(order: ExportOrder): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = openWorker()
    worker.onerror = (event) => {
      event.preventDefault()
      worker.terminate()
      reject(new Error(TEXTS.workerFailed(event.message ?? '')))
    }
    worker.onmessage = ({ data }: MessageEvent<LearningMessage>) => {
      worker.terminate()
      if (data.kind === 'exported') resolve(data.bytes)
      if (data.kind === 'failed') reject(new Error(data.message))
    }
    worker.postMessage(order)
  })
}
