import { WeightError } from '../errors.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { memorySource } from '../weights/byte-source.ts'
import {
  type ConventionName,
  conventionalShapes,
  fittingConvention,
  readConventional,
} from '../weights/conventions.ts'
import { requireFinite } from '../weights/finite-weights.ts'
import type { WantedWeight } from '../weights/match-weights.ts'
import { readWeights } from '../weights/read-weights.ts'
import { decodePretrained, isOwnFile } from './model-file.ts'

/** Weights that a training may start from. */
export interface InitialWeights {
  readonly weights: ReadonlyMap<string, Tensor>
  /** Whose names they had; undefined for files of ours. */
  readonly convention?: ConventionName
}

/**
 * Reads weights to start from: a file of ours, or any of others, whole models and bodies, in the convention in which most of
 * `wanted` is found. Throws `WeightError`, naming the file, for what cannot be read, and for numbers that are not finite.
 */
export async function readInitialWeights(
  bytes: Uint8Array,
  where: string,
  wanted: ReadonlyMap<string, WantedWeight>,
): Promise<InitialWeights> {
  if (isOnnxFile(bytes)) return { weights: decodePretrained(bytes, where) }
  const file = await readWeights(memorySource(where, bytes))
  if (isOwnFile(file.metadata)) return { weights: decodePretrained(bytes, where) }
  const { convention, fits } = fittingConvention(wanted, conventionalShapes(file.tensors))
  if (fits === 0) {
    throw new WeightError('no tensor of the initial weights fits the model', {
      where,
      expected: `some of ${wanted.size} tensors, by the names of a known convention`,
      got: `${file.tensors.size} others`,
      hint: '"maskwright weights inspect" tells what is in the file',
    })
  }
  const weights = await readConventional(file, convention)
  requireFinite(weights)
  return { weights, convention }
}

/** Conventions whose images are bytes less a mean, for most bodies; torchvision's and timm's are scaled as ours are by default. */
export function hasOwnColours(convention: ConventionName): boolean {
  return !/^(torchvision|timm)/.test(convention)
}
