/** Files about many photos, made in a worker: tens of thousands of outlines take seconds. */
import { isOutOfMemory } from '../finder/out-of-memory.ts'
import { TEXTS } from '../texts.ts'
import type { AllResults } from './all-result-files.ts'
import type { ResultsAnswer, ResultsOrder, ResultsQuestion } from './all-results-worker.ts'
import type { ResultFile } from './result-files.ts'

/** An abort ends it, and rejects with the signal's reason. */
export function madeResults(
  order: ResultsOrder,
  { photo, onPhoto }: Pick<AllResults, 'photo' | 'onPhoto'>,
  signal: AbortSignal,
): Promise<ResultFile> {
  const worker = new Worker(new URL('./all-results-worker.ts', import.meta.url), { type: 'module' })
  const say = (message: ResultsQuestion) => worker.postMessage(message)
  const made = new Promise<ResultFile>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    worker.onerror = (event) => {
      event.preventDefault()
      reject(new Error(TEXTS.allFinds.notMade(event.message ?? '')))
    }
    worker.onmessage = ({ data }: MessageEvent<ResultsAnswer>) => {
      if ('done' in data) onPhoto(data.done)
      else if ('file' in data) resolve(data.file)
      else if ('failure' in data) {
        reject(new Error(isOutOfMemory(data.failure) ? TEXTS.allFinds.noMemory : data.failure))
      } else {
        photo(data.imageId).then(
          (found) => say({ photo: found }),
          (error: Error) => say({ failure: error.message }),
        )
      }
    }
    say(order)
  })
  return made.finally(() => worker.terminate())
}
