import type { JobQueue } from './job-queue.ts'
import { type Metrics, metrics } from './metrics.ts'
import type { ServedModel } from './served-model.ts'

export const REQUESTS = 'maskwright_requests_total'
export const REQUEST_SECONDS = 'maskwright_request_duration_seconds'
export const STAGE_SECONDS = 'maskwright_stage_duration_seconds'
export const RELOADS = 'maskwright_model_reloads_total'
export const WORKER_ENDS = 'maskwright_worker_ends_total'

/** What a server tells of itself. */
export function serverMetrics(models: readonly ServedModel[], residentBytes: () => number): Metrics {
  const ofQueues = (count: (queue: JobQueue) => number) => () =>
    models.map(({ name, current }) => [{ model: name }, count(current.queue)] as const)
  return metrics({
    [REQUESTS]: { kind: 'counter', help: 'Requests by route and status; 429 are those refused as too many.' },
    [REQUEST_SECONDS]: { kind: 'histogram', help: 'Seconds from a request to the end of its answer.' },
    [STAGE_SECONDS]: {
      kind: 'histogram',
      help: 'Seconds of the stages of requests that succeeded: queue, decode, compute, paste, encode.',
    },
    [WORKER_ENDS]: { kind: 'counter', help: 'Processes that ended and were started again.' },
    [RELOADS]: {
      kind: 'counter',
      help: 'Changed files of models by outcome: taken, or refused, the version before then going on.',
    },
    maskwright_model_version: {
      kind: 'gauge',
      help: 'Version that answers, counted from 1 since the start.',
      read: () => models.map(({ name, current }) => [{ model: name }, Number(current.version)]),
    },
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
      help: 'Memory of the server, without its workers.',
      read: () => [[{}, residentBytes()]],
    },
    maskwright_workers_ready: {
      kind: 'gauge',
      help: 'Processes that compute for a model.',
      read: () => models.map(({ name, current }) => [{ model: name }, current.processes().length]),
    },
    maskwright_worker_resident_bytes: {
      kind: 'gauge',
      help: 'Memory of each of them when it last answered; what they share counts in each.',
      read: () =>
        models.flatMap(({ name, current }) =>
          current
            .processes()
            .map(({ pid, residentBytes }) => [{ model: name, pid: `${pid}` }, residentBytes] as const),
        ),
    },
  })
}
