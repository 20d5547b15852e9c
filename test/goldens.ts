/**
 * Recorded reference numbers. A case is a folder with `case.json` and safetensors files; small ones lie in
 * `test/fixtures/goldens`, the others may lie in `shared/goldens` beside the repository.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tensor } from '../src/tensor/tensor.ts'
import { decodeSafetensors } from '../src/weights/safetensors.ts'
import { fillRecipe, type Recipe } from './recipe.ts'

export interface Golden {
  readonly name: string
  readonly folder: string
  /** `case.json`. */
  // biome-ignore lint/suspicious/noExplicitAny: every kind of case has fields of its own.
  readonly case: any
  readonly inputs: ReadonlyMap<string, Tensor>
  readonly outputs: ReadonlyMap<string, Tensor>
  /** The complete state dict in its order; empty for cases without weights. */
  readonly weights: ReadonlyMap<string, Tensor>
}

const FOLDERS = ['./fixtures/goldens/', '../../shared/goldens/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** For `it.skipIf(!goldenAvailable(name))`, of cases too large for the repository; those in it must not be skipped. */
export function goldenAvailable(name: string): boolean {
  return goldenFolder(name) !== undefined
}

/** The folder of a case, for files that only some kinds have. */
export function goldenFolder(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, 'case.json')))
}

/** Reads a case by name. Throws where it is in neither folder. */
export function openGolden(name: string): Golden {
  const folder = goldenFolder(name)
  if (folder === undefined) throw new Error(`golden case ${name} is not in ${FOLDERS.join(' or ')}`)
  return openGoldenFolder(folder)
}

/** Reads the case in `folder`. */
export function openGoldenFolder(folder: string): Golden {
  return {
    name: basename(folder),
    folder,
    case: readJson(join(folder, 'case.json')),
    inputs: readTensors(join(folder, 'inputs.safetensors')),
    outputs: readTensors(join(folder, 'outputs.safetensors')),
    weights: readWeights(folder),
  }
}

/** The generated weights with the stored ones put in their places, or the stored ones alone. */
function readWeights(folder: string): Map<string, Tensor> {
  const stored = readTensors(join(folder, 'weights.safetensors'))
  const recipe = join(folder, 'recipe.json')
  if (!existsSync(recipe)) return stored
  const weights = fillRecipe(readJson(recipe) as Recipe)
  for (const [name, value] of stored) {
    if (!weights.has(name)) throw new Error(`${folder}: ${name} is not in the recipe`)
    weights.set(name, value)
  }
  return weights
}

function readTensors(path: string): Map<string, Tensor> {
  return existsSync(path) ? decodeSafetensors(readFileSync(path)).tensors : new Map()
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
