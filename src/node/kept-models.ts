/** Models that were made of others, such as with eight bits, in the cache of graphs. */
import { makeFolder, writeFileAtomic } from './files.ts'
import { cachePlace, forgetOldest, graphsFolder, markUsed } from './graph-cache.ts'
import { loadFile } from './regular-file.ts'

export interface KeptModel {
  readonly bytes: Uint8Array
  /** Whether it was made just now. */
  readonly isNew: boolean
}

/** What `make` makes of a model's bytes with some settings, or what it made of them before. Throws what `make` throws. */
export async function keptModel(
  model: Uint8Array,
  settings: string,
  make: () => Promise<Uint8Array>,
): Promise<KeptModel> {
  const place = cachePlace(model, settings)
  const kept = place === undefined ? undefined : await loadFile(place).catch(() => undefined)
  if (place !== undefined && kept) {
    await markUsed(place)
    return { bytes: kept, isNew: false }
  }
  const bytes = await make()
  if (place !== undefined) {
    try {
      await makeFolder(graphsFolder())
      await writeFileAtomic(place, bytes)
      await forgetOldest()
    } catch {
      // It is made again the next time.
    }
  }
  return { bytes, isNew: true }
}
