/** Arrays of NumPy as pickles have them: what `ndarray.__reduce__` and `dtype.__reduce__` give. */
import { WeightError } from '../../errors.ts'
import { elementCount } from '../../tensor/shape.ts'
import { decodeElements, STORED_BYTES, type StoredDtype, swappedBytes } from '../stored-dtype.ts'
import { contiguousStrides, type StoredTensor, stridedTensor } from '../stored-tensor.ts'
import { latin1, Named } from './python-names.ts'
import {
  Bytes,
  countsOf,
  itemsOf,
  LongText,
  type PickleContext,
  type PickleValue,
  Rebuild,
  Restorable,
} from './values.ts'

/** By the codes of NumPy. */
const DTYPES: Readonly<Record<string, StoredDtype>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u1: 'uint8',
  b1: 'bool',
}

export class NumpyDtype extends Restorable {
  readonly code: string
  isBigEndian = false

  constructor(code: string) {
    super()
    this.code = code
  }

  /** The state is a version, the order of bytes, and what only records have. */
  restore(state: PickleValue, { error }: PickleContext): void {
    const order = itemsOf(state, error)[1]
    if (order !== '<' && order !== '>' && order !== '|' && order !== '=')
      throw error('a dtype of NumPy is damaged')
    this.isBigEndian = order === '>'
  }
}

/** An `ndarray`, which a pickle makes empty and then gives its state. */
export class NumpyArray extends Restorable {
  stored?: StoredTensor

  /** The state is a version (not in the oldest), the shape, the dtype, whether the first axis is innermost, and the bytes. */
  restore(state: PickleValue, context: PickleContext): void {
    const [shape, dtype, isFortran, bytes] = itemsOf(state, context.error).slice(-4)
    this.#fill(shape, dtype, isFortran === true, bytes, context)
  }

  static ofBuffer([bytes, dtype, shape, order]: readonly PickleValue[], context: PickleContext): NumpyArray {
    const array = new NumpyArray()
    array.#fill(shape, dtype, order === 'F', bytes, context)
    return array
  }

  #fill(
    shapeValue: PickleValue,
    dtype: PickleValue,
    isFortran: boolean,
    content: PickleValue,
    context: PickleContext,
  ): void {
    const { error } = context
    const stored = storedDtype(dtype, context)
    const shape = countsOf(shapeValue, error)
    const raw = rawBytes(content, context)
    const bytes = elementCount(shape) * STORED_BYTES[stored.dtype]
    if (!(bytes >= raw.least && bytes <= raw.most)) {
      throw error('the bytes of an array do not fit its shape', {
        expected: `${bytes} for ${stored.dtype} [${shape.join(', ')}]`,
        got: raw.least === raw.most ? `${raw.most}` : `${raw.least} to ${raw.most}`,
      })
    }
    const numbers = {
      ...stored,
      count: elementCount(shape),
      read: async (begin: number, length: number) => {
        const whole = await raw.read()
        if (whole.length !== bytes) {
          throw new WeightError('the bytes of an array do not fit its shape', {
            expected: `${bytes}`,
            got: `${whole.length}`,
          })
        }
        return whole.subarray(begin, begin + length)
      },
    }
    const strides = isFortran ? contiguousStrides(shape.toReversed()).reverse() : contiguousStrides(shape)
    this.stored = stridedTensor(numbers, { shape, strides, offset: 0 }, error)
  }
}

export const NUMPY_NAMES: readonly (readonly [name: string, value: PickleValue])[] = [
  ['numpy.ndarray', new Named('numpy.ndarray')],
  ['numpy.dtype', new Rebuild('numpy.dtype', dtypeOf)],
  [
    'numpy.core.multiarray._reconstruct',
    new Rebuild('numpy.core.multiarray._reconstruct', () => new NumpyArray()),
  ],
  ['numpy.core.multiarray.scalar', new Rebuild('numpy.core.multiarray.scalar', scalar)],
  ['numpy.core.numeric._frombuffer', new Rebuild('numpy.core.numeric._frombuffer', NumpyArray.ofBuffer)],
]

function dtypeOf([code]: readonly PickleValue[], { error }: PickleContext): NumpyDtype {
  if (typeof code !== 'string') throw error('a dtype of NumPy has no name')
  return new NumpyDtype(code)
}

function storedDtype(dtype: PickleValue, { error }: PickleContext) {
  if (!(dtype instanceof NumpyDtype)) throw error('an array of NumPy has no dtype')
  if (!Object.hasOwn(DTYPES, dtype.code)) {
    throw error('arrays of this dtype are not read', {
      expected: Object.keys(DTYPES).join(' '),
      got: dtype.code,
    })
  }
  return { dtype: DTYPES[dtype.code], isBigEndian: dtype.isBigEndian }
}

/** Strings of Python 2 and text of the characters 0 to 255 stand for bytes as well. */
function rawBytes(content: PickleValue, { error }: PickleContext): Bytes {
  if (content instanceof Bytes) return content
  if (typeof content === 'string' || content instanceof LongText) return latin1(content, error)
  throw error('an array of NumPy has no bytes; it holds objects, or lies outside of the pickle')
}

function scalar([dtype, content]: readonly PickleValue[], context: PickleContext): PickleValue {
  const stored = storedDtype(dtype, context)
  const { held } = rawBytes(content, context)
  const elementBytes = STORED_BYTES[stored.dtype]
  if (held?.length !== elementBytes) throw context.error('a number of NumPy has not the bytes of one')
  const array = decodeElements(stored.dtype, stored.isBigEndian ? swappedBytes(held, elementBytes) : held)
  return stored.dtype === 'bool' ? array[0] === 1 : array[0]
}
