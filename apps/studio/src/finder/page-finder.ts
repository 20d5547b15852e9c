/** A model that the page itself runs, in a worker that is there from the first question on. */
import type { Finder, FindOptions, Found } from '../project/finder.ts'
import { keepText, keptText } from '../project/kept-text.ts'
import { TEXTS } from '../texts.ts'
import type { AskedPicture, GpuVerdict, OpenModel, WorkerMessage } from './finder-messages.ts'
import { isOutOfMemory } from './out-of-memory.ts'
import { pageThreads } from './page-threads.ts'

export interface PageModel {
  /** That no other model has. */
  readonly key: string
  readonly name: string
  /** Its file, or a URL. */
  readonly source: Blob | string
}

/** The page has a slider from here on. */
const LEAST_SCORE = 0.05

/**
 * An abort ends the worker; the next question opens the model again.
 * @param picture file of an image
 */
export function pageFinder(
  { key, name, source }: PageModel,
  picture: (imageId: number, signal: AbortSignal) => Promise<Blob>,
): Finder {
  let worker: Worker | undefined
  let ended = new AbortController()
  /** One question after the other. */
  let last: Promise<unknown> = Promise.resolve()
  const end = () => {
    worker?.terminate()
    worker = undefined
    ended.abort(new Error(TEXTS.modelEnded))
    ended = new AbortController()
  }
  const opened = () => {
    if (worker) return worker
    worker = new Worker(new URL('./finder-worker.ts', import.meta.url), { type: 'module' })
    const model: OpenModel = {
      model: typeof source === 'string' ? new URL(source, document.baseURI).href : source,
      name,
      runtime: new URL('runtime/', document.baseURI).href,
      gpu: verdictOf(key),
      threads: pageThreads(),
    }
    worker.postMessage(model)
    return worker
  }
  return {
    name,
    runsIn: 'page',
    end,
    find: (imageId, options) => {
      const signal = AbortSignal.any([options.signal, ended.signal])
      const ask = async () => {
        signal.throwIfAborted()
        const file = await picture(imageId, signal)
        const { isJudged = false } = options
        const asked = { picture: file, leastScore: LEAST_SCORE, isJudged }
        return answerOf(opened(), asked, key, { ...options, signal }).catch((error) => {
          // What failed once may be short of memory, or gone.
          worker?.terminate()
          worker = undefined
          throw error
        })
      }
      const found = last.then(ask)
      last = found.catch(() => {})
      return found
    },
  }
}

function answerOf(
  worker: Worker,
  asked: AskedPicture,
  key: string,
  { signal, onProgress }: FindOptions,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    worker.onerror = (event) => {
      event.preventDefault()
      reject(new Error(TEXTS.workerFailed(event.message ?? '')))
    }
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (signal.aborted) return
      if (data.kind === 'progress') onProgress(TEXTS.stages[data.stage], data.share)
      else if (data.kind === 'gpu') keepText(verdictName(key), data.verdict)
      else if (data.kind === 'found') {
        const { instances: proposals, notes, judgement } = data
        resolve({ proposals, notes, ...(judgement && { judgement }) })
      } else reject(new Error(isOutOfMemory(data.message) ? TEXTS.noMemory : data.message))
    }
    worker.postMessage(asked)
  })
}

/** Another browser may compute otherwise. */
function verdictName(key: string): string {
  return `webgpu ${key} ${navigator.userAgent}`
}

function verdictOf(key: string): GpuVerdict {
  return (keptText(verdictName(key)) as GpuVerdict | undefined) ?? 'unknown'
}
