import { WeightError } from '../errors.ts'
import { isFloat } from '../tensor/dtype.ts'
import { float16ToNumber, type Tensor } from '../tensor/tensor.ts'

/**
 * Throws `WeightError` naming the first tensor with an element that is infinite or no number. A network with such a weight
 * finds nothing, or anything, without an error.
 */
export function requireFinite(tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, source] of tensors) {
    const at = firstNotFinite(source)
    if (at < 0) continue
    throw new WeightError('weights are damaged', {
      where: name,
      expected: 'finite numbers',
      got: `${elementAt(source, at)} at element ${at}`,
      hint: 'Copy or download the file again; if a training wrote it, it diverged: take an earlier checkpoint',
    })
  }
}

/** -1 where all are finite. */
function firstNotFinite(source: Tensor): number {
  const { dtype, data } = source
  if (!isFloat(dtype)) return -1
  if (dtype === 'float16' && areFiniteHalves(data as Uint16Array)) return -1
  if (dtype === 'float32' && areFiniteSingles(data as Float32Array)) return -1
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(elementAt(source, i))) return i
  return -1
}

function elementAt({ dtype, data }: Tensor, at: number): number {
  return dtype === 'float16' ? float16ToNumber(Number(data[at])) : Number(data[at])
}

/** By bits, all in one: where all of the exponent are set, a unit more of it carries into the sign's place. */
function areFiniteHalves(halves: Uint16Array): boolean {
  let carries = 0
  for (let i = 0; i < halves.length; i++) carries |= (halves[i] & 0x7fff) + 0x400
  return (carries & 0x8000) === 0
}

function areFiniteSingles({ buffer, byteOffset, length }: Float32Array): boolean {
  const words = new Int32Array(buffer, byteOffset, length)
  let carries = 0
  for (let i = 0; i < length; i++) carries |= (words[i] & 0x7fffffff) + 0x800000
  return carries >= 0
}
