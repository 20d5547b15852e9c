/** Where downloaded models lie. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '../errors.ts'
import { PUBLISHED } from '../weights/published/published-table.ts'
import { fileNameOf, type PublishedWeights } from '../weights/published/published-weights.ts'

/** `MASKWRIGHT_CACHE`, else a folder where the platform keeps what can be downloaded again. */
export function cacheFolder(): string {
  const { MASKWRIGHT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (MASKWRIGHT_CACHE) return MASKWRIGHT_CACHE
  if (process.platform === 'win32')
    return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'maskwright', 'Cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'maskwright')
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'maskwright')
}

/** The file as its publisher has it, until a model is made of it. */
export function downloadPlace(weights: PublishedWeights): string {
  return join(cacheFolder(), 'downloads', weights.name, fileNameOf(weights))
}

/** The model file that is made of it. */
export function modelPlace({ name }: PublishedWeights): string {
  return join(cacheFolder(), 'models', `${name}.safetensors`)
}

/**
 * The model file of published weights, by their name; undefined for names of none. Throws `DataError` with the command that
 * makes it where it is not there yet.
 */
export function pulledModel(
  name: string,
  table: readonly PublishedWeights[] = PUBLISHED,
): string | undefined {
  const weights = table.find((one) => one.name === name)
  if (!weights) return undefined
  const place = modelPlace(weights)
  if (existsSync(place)) return place
  throw new DataError('these published weights are not on this machine yet', {
    where: name,
    expected: place,
    hint: `Download them with: maskwright weights pull ${name}`,
  })
}
