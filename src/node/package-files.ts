import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '../errors.ts'
import { isUrl, loadFile, loadUrl } from './files.ts'

/** Root of the package: this file is two folders below it, as source and as built. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MODELS = join(ROOT, 'models')
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
  if (!existsSync(MODELS)) return []
  return readdirSync(MODELS).flatMap((file) => (file.endsWith(ENDING) ? [file.slice(0, -ENDING.length)] : []))
}

/** Bytes of a model: the name of a bundled one, a path, or a URL. Throws `DataError` where there is neither. */
export async function loadModelBytes(nameOrPath: string): Promise<Uint8Array> {
  if (bundledModels().includes(nameOrPath)) return loadFile(join(MODELS, nameOrPath + ENDING))
  if (isUrl(nameOrPath)) return loadUrl(nameOrPath)
  if (existsSync(nameOrPath)) return loadFile(nameOrPath)
  throw new DataError('there is no such model', {
    where: nameOrPath,
    expected: `a model file, or one of the bundled models: ${bundledModels().join(', ') || 'none'}`,
  })
}
