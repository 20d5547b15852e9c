/** What this machine is like, and how large photos are, for choosing settings. */
import { availableParallelism, totalmem } from 'node:os'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { loadImageSize } from '../../node/decode-image.ts'
import type { MachineFacts } from '../../train/data-facts.ts'
import { say } from '../print.ts'

/** Images whose headers are looked at. */
const MOST_LOOKED_AT = 1000
/** Those looked at at once. */
const AT_ONCE = 16
/** Unreadable images that are named. */
const MOST_NAMED = 3

export function machineFacts(): MachineFacts {
  // Of a container what it may use; without a limit that is a number beyond all memory, or 0.
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return { cores: availableParallelism(), memory: Math.min(allowed, totalmem()) }
}

/** Sizes of the images that can be read, of a large folder of the first; how many cannot is told. */
export async function measuredSizes(files: readonly string[]): Promise<Size[]> {
  const looked = files.slice(0, MOST_LOOKED_AT)
  const failed: string[] = []
  const sizes = (await readSizes(looked, (message) => failed.push(message))).filter(
    (size) => size !== undefined,
  )
  if (sizes.length === 0) throw new DataError('no image can be read', { where: files[0] })
  if (failed.length > 0) {
    for (const message of failed.slice(0, MOST_NAMED)) say(`passed over: ${message}`)
    say(`${failed.length} of ${looked.length} images cannot be read`)
  }
  // Those beyond are taken to be like the first.
  const unseen = files.slice(looked.length).map((_, i) => sizes[i % sizes.length])
  return [...sizes, ...unseen]
}

/** Of each file; undefined of one that cannot be read, whose reason is told. */
export async function readSizes(
  files: readonly string[],
  onUnreadable: (message: string) => void,
  signal?: AbortSignal,
): Promise<(Size | undefined)[]> {
  const sizes: (Size | undefined)[] = []
  for (let i = 0; i < files.length; i += AT_ONCE) {
    signal?.throwIfAborted()
    const read = files.slice(i, i + AT_ONCE).map((file) =>
      loadImageSize(file).catch((error) => {
        if (!(error instanceof DataError)) throw error
        onUnreadable(error.message)
        return undefined
      }),
    )
    sizes.push(...(await Promise.all(read)))
  }
  return sizes
}
