import { availableParallelism } from 'node:os'
import type { LoadOptions } from '../predict/detector.ts'
import type { Device } from '../runtime/session.ts'

interface WorkerFlags {
  readonly workers?: number
  readonly threads?: number
  readonly device: Device | 'auto'
}

/** Fewer images than this are looked at one after the other: threads of their own take longer to start than they win. */
const MANY = 8
/** Of memory that is free, for each worker: a copy of the model and what it computes with. */
const BYTES_OF_WORKER = 2 ** 31

/**
 * How many images are looked at at once: what was asked for; otherwise one, and with many images on the CPU as many as it has cores
 * and memory for, unless the number of threads was chosen.
 */
export function workersFor(images: number, { workers, threads, device }: WorkerFlags): number {
  if (workers !== undefined) return Math.min(workers, Math.max(1, images))
  if (images < MANY || threads !== undefined || device !== 'cpu') return 1
  const fitting = Math.floor(process.availableMemory() / BYTES_OF_WORKER)
  return Math.max(1, Math.min(availableParallelism(), fitting))
}

/** How a detector is loaded for so many workers; one computes in this thread. */
export function sharedAmong(workers: number): Pick<LoadOptions, 'worker'> {
  return workers > 1 ? { worker: workers } : {}
}
