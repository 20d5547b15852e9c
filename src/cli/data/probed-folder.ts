import { availableParallelism } from 'node:os'
import { type ImageProbe, probeImages } from '../../doctor/image-probe.ts'
import { probeImageIn } from '../../node/image-probe.ts'
import { startProgress } from '../progress.ts'

/** Looks at images of a folder, each name once, with a bar. */
export async function probeFolder(
  folder: string,
  fileNames: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<Map<string, ImageProbe>> {
  const names = [...new Set(fileNames)].filter((name) => name !== undefined)
  const progress = startProgress(names.length, 'images')
  let done = 0
  try {
    return await probeImages(names, probeImageIn(folder), {
      // Decoding runs in threads of its own; one more in flight than cores keeps them busy.
      concurrency: availableParallelism() + 1,
      signal,
      onProbe: (fileName) => progress.step(++done, fileName),
    })
  } finally {
    progress.end()
  }
}
