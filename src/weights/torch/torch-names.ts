/** Tensors of PyTorch as its pickles have them: functions that rebuild them from storages, which lie outside of the pickle. */
import type { PickleRules } from '../pickle/machine.ts'
import { NUMPY_NAMES } from '../pickle/numpy-names.ts'
import { Named, PYTHON_NAMES } from '../pickle/python-names.ts'
import {
  countsOf,
  Described,
  Dict,
  itemsOf,
  type PickleContext,
  type PickleValue,
  Rebuild,
} from '../pickle/values.ts'
import { STORED_BYTES, type StoredDtype } from '../stored-dtype.ts'
import { isCount, type StoredTensor, stridedTensor } from '../stored-tensor.ts'

/** Where the numbers of a storage are; throws where the file has no such storage of so many bytes. */
export type FindStorage = (key: string, bytes: number, context: PickleContext) => StorageBytes

export interface StorageBytes {
  readonly isBigEndian: boolean
  readonly read: (begin: number, bytes: number) => Promise<Uint8Array>
}

export class TorchTensor extends Described {
  readonly stored: StoredTensor
  readonly description = 'a tensor'

  constructor(stored: StoredTensor) {
    super()
    this.stored = stored
  }
}

/** A class of storages, or a dtype. */
class TorchType extends Described {
  readonly description: string
  /** None where it is bytes, and the tensor says of what. */
  readonly dtype?: StoredDtype

  constructor(name: string, dtype?: StoredDtype) {
    super()
    this.description = name
    this.dtype = dtype
  }
}

class Storage extends Described {
  readonly description = 'a storage'
  readonly dtype?: StoredDtype
  readonly bytes: number
  readonly content: StorageBytes

  constructor(dtype: StoredDtype | undefined, bytes: number, content: StorageBytes) {
    super()
    this.dtype = dtype
    this.bytes = bytes
    this.content = content
  }
}

/** By the names of C that storages have. */
const STORAGES: Readonly<Record<string, StoredDtype | undefined>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  UntypedStorage: undefined,
}

const TORCH_NAMES: readonly (readonly [name: string, value: PickleValue])[] = [
  ...Object.entries(STORAGES).flatMap(([name, dtype]) =>
    ['torch', 'torch.cuda', 'torch.storage'].map((module) => {
      const full = `${module}.${name}`
      return [full, new TorchType(full, dtype)] as const
    }),
  ),
  ...(Object.keys(STORED_BYTES) as StoredDtype[]).map(
    (dtype) => [`torch.${dtype}`, new TorchType(`torch.${dtype}`, dtype)] as const,
  ),
  ...[
    'torch.nn.parameter.Parameter',
    'torch.nn.parameter.Buffer',
    'torch._tensor.Tensor',
    'torch.Tensor',
  ].map((name) => [name, new Named(name)] as const),
  ...Object.entries({
    'torch.Size': ([sizes], { error }) => itemsOf(sizes ?? [], error),
    'torch.device': ([name]) => (typeof name === 'string' ? name : null),
    // The oldest function has no more arguments than these.
    'torch._utils._rebuild_tensor': (args, context) =>
      rebuilt(args.slice(0, 4), undefined, undefined, context),
    'torch._utils._rebuild_tensor_v2': (args, context) => rebuilt(args, undefined, args[6], context),
    'torch._utils._rebuild_tensor_v3': (args, context) => rebuilt(args, args[6], args[7], context),
    'torch._utils._rebuild_parameter': ([tensor], context) => requireTensor(tensor, context),
    'torch._utils._rebuild_parameter_with_state': ([tensor], context) => requireTensor(tensor, context),
    'torch._tensor._rebuild_from_type_v2': ofType,
  } satisfies Record<string, Rebuild['call']>).map(
    ([name, call]) => [name, new Rebuild(name, call)] as const,
  ),
]

const NAMES: ReadonlyMap<string, PickleValue> = new Map([...PYTHON_NAMES, ...NUMPY_NAMES, ...TORCH_NAMES])

/** Names that have moved between versions of Python and of NumPy. */
function usual(module: string): string {
  if (module === '__builtin__') return 'builtins'
  if (module === 'pathlib._local') return 'pathlib'
  return module.replace(/^numpy\._core\b/, 'numpy.core')
}

/** All that pickles of weights may name. */
export function weightNames(module: string, name: string): PickleValue | undefined {
  return NAMES.get(`${usual(module)}.${name}`)
}

/** Rules of a pickle whose storages are found so. */
export function torchRules(find: FindStorage): PickleRules {
  return { find: weightNames, persistent: (id, context) => storage(id, find, context) }
}

/**
 * A persistent id: `storage`, its class, its key, a device, how many elements it has, and in old files what part of another
 * storage it is.
 */
function storage(id: PickleValue, find: FindStorage, context: PickleContext): Storage {
  const [kind, type, key, , count, view = null] = itemsOf(id, context.error)
  const isStorage = kind === 'storage' && type instanceof TorchType && typeof key === 'string'
  if (!isStorage || !isCount(count)) throw context.error('the pickle asks for what is no storage of tensors')
  const elementBytes = type.dtype ? STORED_BYTES[type.dtype] : 1
  const content = find(key, count * elementBytes, context)
  if (view === null) return new Storage(type.dtype, count * elementBytes, content)
  const [, first, length] = itemsOf(view, context.error)
  if (!isCount(first) || !isCount(length) || first + length > count)
    throw context.error('a storage is a part of another and reaches beyond it')
  return new Storage(type.dtype, length * elementBytes, {
    ...content,
    read: (begin, bytes) => content.read(first * elementBytes + begin, bytes),
  })
}

/**
 * The tensor of a storage, an offset, sizes and strides.
 * @param type of a tensor whose storage is bytes
 * @param flags what a lazy view does to its numbers when they are read (`conj`, `neg`)
 */
function rebuilt(
  [source, offset, sizes, strides]: readonly PickleValue[],
  type: PickleValue | undefined,
  flags: PickleValue | undefined,
  { error }: PickleContext,
): TorchTensor {
  const dtype = type instanceof TorchType ? type.dtype : source instanceof Storage ? source.dtype : undefined
  if (!(source instanceof Storage) || dtype === undefined) throw error('a tensor has no storage, or no dtype')
  if (flags instanceof Dict && flags.entries.size > 0)
    throw error('a tensor is a view that changes its numbers', { hint: 'Save a clone of it' })
  const numbers = {
    dtype,
    count: Math.floor(source.bytes / STORED_BYTES[dtype]),
    ...source.content,
  }
  const layout = {
    shape: countsOf(sizes, error),
    strides: countsOf(strides, error),
    offset: Number(offset),
  }
  return new TorchTensor(stridedTensor(numbers, layout, error))
}

/** A tensor of a class of its own: only plain ones and parameters. */
function ofType([rebuild, , args]: readonly PickleValue[], context: PickleContext): PickleValue {
  if (!(rebuild instanceof Rebuild)) throw context.error('a tensor is rebuilt by what is no function')
  return requireTensor(rebuild.call(itemsOf(args ?? null, context.error), context), context)
}

function requireTensor(value: PickleValue | undefined, { error }: PickleContext): TorchTensor {
  if (value instanceof TorchTensor) return value
  throw error('a parameter has no tensor')
}
