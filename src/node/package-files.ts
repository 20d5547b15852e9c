import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '../errors.ts'
import { BEST_CHECKPOINT, LAST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { DownloadOptions } from '../weights/download-options.ts'
import { PUBLISHED } from '../weights/published/published-table.ts'
import { isUrl, loadFile, loadUrl } from './files.ts'
import { pulledModel } from './model-cache.ts'

/** Root of the package: this file is two folders below it, as source and as built. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MODELS = join(ROOT, 'models')
/** Weights of bodies, which are no models. */
const BODIES = join(MODELS, 'bodies')
const ENDING = '.safetensors'

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version
}

/** Folder of the micrographs that `maskwright demo` segments. */
export function demoImagesFolder(): string {
  return join(MODELS, 'demo-images')
}

/** Names of the models that come with the package. */
export function bundledModels(): string[] {
  return weightsIn(MODELS)
}

function weightsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => (file.endsWith(ENDING) ? [file.slice(0, -ENDING.length)] : []))
}

/** Whether this is the name of a bundled model or of published weights, rather than a path. */
export function isModelName(name: string): boolean {
  return bundledModels().includes(name) || PUBLISHED.some((weights) => weights.name === name)
}

/**
 * Bytes of a model: the name of a bundled one, a URL, a path, the folder of a training run, or the name of published weights
 * that were pulled. Throws `DataError` where there is none of them; an abort of a download rejects with the signal's reason.
 */
export async function loadModelBytes(nameOrPath: string, options?: DownloadOptions): Promise<Uint8Array> {
  if (bundledModels().includes(nameOrPath)) return loadFile(join(MODELS, nameOrPath + ENDING))
  if (isUrl(nameOrPath)) return loadUrl(nameOrPath, options)
  const file = modelOfRun(nameOrPath) ?? nameOrPath
  if (existsSync(file)) return loadFile(file)
  const pulled = pulledModel(nameOrPath)
  if (pulled !== undefined) return loadFile(pulled)
  throw new DataError('there is no such model', {
    where: nameOrPath,
    expected: `a model file, the folder of a run, one of the bundled models (${bundledModels().join(', ') || 'none'}), or a name of "maskwright weights list"`,
  })
}

/** Bytes of the weights of a body that come with the package, for `decodePretrained`. Throws `DataError` where it has none. */
export async function loadBodyWeights(body: string): Promise<Uint8Array> {
  const bodies = weightsIn(BODIES)
  if (bodies.includes(body)) return loadFile(join(BODIES, body + ENDING))
  throw new DataError('the package has no weights of this body', {
    where: body,
    expected: bodies.join(' or ') || 'none',
  })
}

/**
 * The model file of a training run, given its folder: the best, else the last; undefined for names and anything that is
 * no folder.
 * Throws `DataError` for a folder without either.
 */
export function modelOfRun(path: string): string | undefined {
  const isName = bundledModels().includes(path)
  if (isName || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined
  const files = [BEST_CHECKPOINT, LAST_CHECKPOINT].map((name) => join(path, name))
  const found = files.find((file) => existsSync(file))
  if (found) return found
  throw new DataError('the folder holds no model', { where: path, expected: files.join(' or ') })
}

/** The file of a model of one's own, whether it is there or not; undefined for names of the package's, URLs, and folders without one. */
export function modelFile(nameOrPath: string): string | undefined {
  if (bundledModels().includes(nameOrPath) || isUrl(nameOrPath)) return undefined
  try {
    return modelOfRun(nameOrPath) ?? nameOrPath
  } catch {
    return undefined
  }
}
