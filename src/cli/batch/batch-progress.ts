/** How far a batch is: as a bar or lines on stderr, and as metrics for Prometheus in a file. */
import type { ObjectStore } from '../../batch/object-store.ts'
import type { MaskwrightError } from '../../errors.ts'
import { type Definition, metrics } from '../../server/metrics.ts'
import { roughDuration } from '../../train/time-left.ts'
import { say } from '../print.ts'
import { startProgress } from '../progress.ts'

/** For the textfile collector of Prometheus' node exporter. */
export const METRICS_KEY = 'metrics.prom'
const [LINE_SECONDS, METRICS_SECONDS] = [30, 5]

export interface BatchState {
  readonly images: number
  /** With a result or a reason. */
  readonly done: number
  readonly failed: number
  readonly retries: number
}

export interface BatchProgress {
  step(state: BatchState, note?: string): void
  end(state: BatchState): Promise<void>
}

/** @param begun what was done before, which says nothing of how fast this run is */
export function batchProgress(store: ObjectStore, begun: BatchState): BatchProgress {
  const bar = startProgress(begun.images, 'images', begun.done)
  const start = performance.now()
  let state = begun
  let [lineAt, metricsAt] = [start, start]
  let writing: Promise<void> = Promise.resolve()
  let isTold = false
  const elapsed = () => (performance.now() - start) / 1000
  const rate = () => (state.done - begun.done) / Math.max(1e-9, elapsed())
  const left = () => (state.images - state.done) / rate()
  const gauge = (help: string, value: () => number): Definition => ({
    ...{ kind: 'gauge', help },
    read: () => [[{}, value()]],
  })
  const figures = metrics({
    maskwright_batch_images: gauge('Images of the batch.', () => state.images),
    maskwright_batch_images_done: gauge('Images with a result, or a reason why not.', () => state.done),
    maskwright_batch_images_failed: gauge('Of those, images without a result.', () => state.failed),
    maskwright_batch_retries: gauge(
      'Attempts in this run that were followed by another.',
      () => state.retries,
    ),
    maskwright_batch_images_per_second: gauge('Of this run.', rate),
    maskwright_batch_left_seconds: gauge(
      'Until the end, at that speed; +Inf where nothing is done yet.',
      () => (Number.isFinite(left()) ? left() : Number.POSITIVE_INFINITY),
    ),
    maskwright_batch_updated_seconds: gauge('When this was written, in seconds of Unix.', () =>
      Math.round(Date.now() / 1000),
    ),
  })
  const write = () => {
    const text = figures.text()
    writing = writing
      .then(() => store.put(METRICS_KEY, text))
      .catch((error: MaskwrightError) => {
        if (!isTold) say(`the metrics are not written: ${error.message}`)
        isTold = true
      })
  }
  write()
  return {
    step: (next, note) => {
      state = next
      bar.step(state.done, note)
      const now = performance.now()
      if (!process.stderr.isTTY && now - lineAt >= 1000 * LINE_SECONDS) {
        lineAt = now
        say(progressLine(state, rate(), left()))
      }
      if (now - metricsAt >= 1000 * METRICS_SECONDS) {
        metricsAt = now
        write()
      }
    },
    end: async (last) => {
      state = last
      bar.end()
      write()
      await writing
    },
  }
}

/** `640 of 2000 images, 3 failed, 12.3 a second, about 2 min left`. */
function progressLine({ images, done, failed }: BatchState, rate: number, left: number): string {
  const parts = [`${done} of ${images} images`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (rate > 0)
    parts.push(`${Number(rate.toPrecision(3))} a second`, `about ${roughDuration(1000 * left)} left`)
  return parts.join(', ')
}
