import { type Metrics, metrics } from './metrics.ts'
import type { ServedModel } from './served-model.ts'

export const REQUESTS = 'maskwright_requests_total'
export const REQUEST_SECONDS = 'maskwright_request_duration_seconds'

/** What a server tells of itself. */
export function serverMetrics(models: readonly ServedModel[], residentBytes: () => number): Metrics {
  const ofQueues = (count: (queue: ServedModel['queue']) => number) => () =>
    models.map(({ name, queue }) => [{ model: name }, count(queue)] as const)
  return metrics({
    [REQUESTS]: { kind: 'counter', help: 'Requests by route and status; 429 are those refused as too many.' },
    [REQUEST_SECONDS]: { kind: 'histogram', help: 'Seconds from a request to the end of its answer.' },
    maskwright_queue_running: {
      kind: 'gauge',
      help: 'Requests a model is worked on for.',
      read: ofQueues(({ running }) => running),
    },
    maskwright_queue_waiting: {
      kind: 'gauge',
      help: 'Requests that wait for a model.',
      read: ofQueues(({ waiting }) => waiting),
    },
    maskwright_resident_bytes: {
      kind: 'gauge',
      help: 'Memory of the process.',
      read: () => [[{}, residentBytes()]],
    },
  })
}
