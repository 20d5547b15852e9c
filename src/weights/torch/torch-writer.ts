/**
 * What `torch.save` writes of a state dict since PyTorch 1.6: a zip file, in which nothing is compressed, of a pickle of protocol 2
 * and of the numbers, a file for each tensor.
 */
import type { Dtype } from '../../tensor/dtype.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { contiguousStrides } from '../stored-tensor.ts'
import { storedZip } from '../zip-writer.ts'

const STORAGES: Readonly<Record<Dtype, string>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
}
const ROOT = 'archive'

/** The bytes of a `.pth` file with these tensors, in their order. Throws `WeightError` for more than 4 GB. */
export function encodeTorch(tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> {
  const numbers = [...tensors.values()].map(({ data }, i) => ({
    name: `${ROOT}/data/${i}`,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }))
  const text = (name: string, content: string) => ({
    name: `${ROOT}/${name}`,
    bytes: new TextEncoder().encode(content),
  })
  return storedZip([
    { name: `${ROOT}/data.pkl`, bytes: stateDictPickle(tensors) },
    text('byteorder', 'little'),
    ...numbers,
    text('version', '3\n'),
  ])
}

// Operations of pickles.
const PROTO_2 = [0x80, 2]
const [MARK, STOP, EMPTY_TUPLE, TUPLE, REDUCE, SET_ITEMS] = [0x28, 0x2e, 0x29, 0x74, 0x52, 0x75]
const [GLOBAL, TEXT, INT, LONG, PERSISTENT, FALSE] = [0x63, 0x58, 0x4a, 0x8a, 0x51, 0x89]
const LONGEST_INT = 0x7fffffff

function stateDictPickle(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const orderedDict = [...global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE]
  const entries = [...tensors].flatMap(([name, tensor], i) => [
    ...text(name),
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...tuple(
      [
        ...tuple(
          text('storage'),
          global('torch', STORAGES[tensor.dtype]),
          text(`${i}`),
          text('cpu'),
          int(tensor.data.length),
        ),
        PERSISTENT,
      ],
      int(0),
      tuple(...tensor.shape.map(int)),
      tuple(...contiguousStrides(tensor.shape).map(int)),
      [FALSE],
      // Hooks of the gradient, of which there are none.
      orderedDict,
    ),
    REDUCE,
  ])
  return Uint8Array.from([...PROTO_2, ...orderedDict, MARK, ...entries, SET_ITEMS, STOP])
}

function global(module: string, name: string): number[] {
  return [GLOBAL, ...new TextEncoder().encode(`${module}\n${name}\n`)]
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value)
  return [TEXT, ...littleEndian(bytes.length, 4), ...bytes]
}

function int(value: number): number[] {
  return value <= LONGEST_INT ? [INT, ...littleEndian(value, 4)] : [LONG, 8, ...littleEndian(value, 8)]
}

function tuple(...items: readonly number[][]): number[] {
  return items.length === 0 ? [EMPTY_TUPLE] : [MARK, ...items.flat(), TUPLE]
}

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)
}
