import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Ranks } from '../runtime/ranks.ts'
import type { MpiLaunch } from './mpi-launch.ts'
import { joinMpi, type MpiLibrary, type MpiRequest } from './mpi-library.ts'

export interface MpiRanks extends Ranks {
  /** Waits until every rank has called this, and leaves MPI. Not after a failure or an abort: others may wait for something else. */
  close(): Promise<void>
}

/** Bytes exchanged at once: parts of such a size are as fast as one blocking call for all, whole arrays take twice as long. */
const PART_BYTES = 2 ** 20
/** For so long a wait takes all of a core, then it looks every millisecond: another rank is busy with something else. */
const [BUSY_MS, LOOK_MS, LOOKS_A_TURN] = [5, 1, 50]

/**
 * Joins the other processes of an MPI. Nothing blocks the event loop while a rank waits for others, so that a signal reaches it
 * there. Throws as `joinMpi` does; failures of exchanges are `MaskwrightError`s.
 */
export async function openMpiRanks(
  launch: MpiLaunch,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
): Promise<MpiRanks> {
  const mpi = await joinMpi(launch, env)
  const request: MpiRequest = new BigUint64Array(1)
  const finished = () => waited(mpi, request, signal)
  const sum = async (data: Float32Array | Float64Array) => {
    for (const part of partsOf(data)) {
      mpi.startSum(part, request)
      await finished()
    }
  }
  return {
    rank: mpi.rank(),
    size: launch.size,
    sum,
    broadcast: async (data) => {
      for (const part of partsOf(data)) {
        mpi.startBroadcast(part, request)
        await finished()
      }
    },
    close: async () => {
      await sum(new Float64Array(1))
      mpi.finalize()
    },
  }
}

async function waited(mpi: MpiLibrary, request: MpiRequest, signal: AbortSignal | undefined): Promise<void> {
  const started = performance.now()
  while (true) {
    for (let look = 0; look < LOOKS_A_TURN; look++) if (mpi.isDone(request)) return
    signal?.throwIfAborted()
    if (performance.now() - started < BUSY_MS) await turn()
    else await delay(LOOK_MS)
  }
}

function* partsOf<T extends Float32Array | Float64Array | Uint8Array>(data: T): Generator<T> {
  const length = PART_BYTES / data.BYTES_PER_ELEMENT
  for (let start = 0; start < data.length; start += length) {
    yield data.subarray(start, start + length) as T
  }
}
