/** A training at work beside the page. Closing the page ends it; what it has kept until then is gone on with. */
import { exportModel } from '../../../../src/models/exported-model.ts'
import { decodeModelFile } from '../../../../src/models/model-file.ts'
import { createSession, setWasmFolder } from '../../../../src/web/session.ts'
import { BEST_CHECKPOINT } from '../../../../src/weights/checkpoint-files.ts'
import { isOutOfMemory } from '../finder/out-of-memory.ts'
import { openDatabase } from '../site/database.ts'
import { TEXTS } from '../texts.ts'
import { learn } from './learn.ts'
import {
  type ExportOrder,
  type LearningMessage,
  type LearningRecord,
  type LearnOrder,
  lockName,
  STOP,
} from './learning-messages.ts'
import { type StoredRun, storedRun } from './stored-run.ts'

const scope = self as unknown as {
  postMessage(message: LearningMessage): void
  onmessage: (event: MessageEvent<LearnOrder | ExportOrder>) => void
}

scope.onmessage = async ({ data }) => {
  try {
    setWasmFolder(new URL('runtime/', data.page).href)
    const run = storedRun(await openDatabase(data.page), data.project)
    await (data.kind === 'learn' ? alone(data, () => trained(data, run)) : exported(data, run))
  } catch (error) {
    scope.postMessage({ kind: 'failed', message: (error as Error).message })
  }
}

/** One at a time, of all the pages of this browser that show the project. */
async function alone(order: LearnOrder, work: () => Promise<void>): Promise<void> {
  await navigator.locks.request(lockName(order), { ifAvailable: true }, (lock) => {
    if (!lock) throw new Error(TEXTS.training.elsewhere)
    return work()
  })
}

async function trained(order: LearnOrder, run: StoredRun): Promise<void> {
  const { minutes, isResumed } = order
  const began = Date.now()
  const before = isResumed ? await run.record() : undefined
  if (!isResumed) await run.remove()
  let record: LearningRecord = {
    ...{ id: before?.id ?? began, minutes, began, phase: 'running' },
    ...{ steps: before?.steps, device: before?.device },
  }
  await run.keepRecord(record)
  scope.postMessage({ kind: 'begun' })
  const stop = new AbortController()
  const asked = new BroadcastChannel(lockName(order))
  asked.onmessage = ({ data }) => data === STOP && stop.abort(new Error(STOP))
  const tell = (message: LearningMessage) => {
    scope.postMessage(message)
    if (message.kind === 'step' && message.steps !== record.steps)
      record = { ...record, steps: message.steps }
    else if (message.kind === 'device') record = { ...record, device: message.device }
    else return
    void run.keepRecord(record)
  }
  try {
    const { steps, isFinished, reached } = await learn(order, run, before?.device, tell, stop.signal)
    await run.keepRecord({ ...record, steps, phase: isFinished ? 'finished' : 'stopped', reached })
  } catch (error) {
    const isStopped = stop.signal.aborted
    const { message } = error as Error
    const problem = isStopped ? undefined : isOutOfMemory(message) ? TEXTS.training.noMemory : message
    await run.keepRecord({ ...record, phase: isStopped ? 'stopped' : 'failed', problem })
  } finally {
    asked.close()
  }
  scope.postMessage({ kind: 'ended' })
}

async function exported({ threads }: ExportOrder, { files }: StoredRun): Promise<void> {
  const model = await files.read(BEST_CHECKPOINT)
  if (!model) throw new Error(TEXTS.training.noModel)
  const { bytes } = await exportModel(decodeModelFile(model), (graph, options) =>
    createSession(graph, { ...options, threads }),
  )
  scope.postMessage({ kind: 'exported', bytes: Uint8Array.from(bytes) })
}
