import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { int, pickleBytes, pickleParts, storedZip, text, torchTensor } from '../../../test/pickle-bytes.ts'
import { float32 } from '../../tensor/tensor.ts'
import { memorySource } from '../byte-source.ts'
import { readWeights } from '../read-weights.ts'

const read = (bytes: Uint8Array) => readWeights(memorySource('x.pth', bytes))
const dictOf = (...tensors: (readonly [string, readonly number[]])[]) =>
  pickleBytes('}(', ...tensors.flatMap(([name, made]) => [text(name), made]), 'u')
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)

describe('a zip file of PyTorch', () => {
  const whole = { 'data.pkl': dictOf(['w', torchTensor('FloatStorage', '0', 2)]), 'data/0': floats(1, -2) }

  it('has its numbers in either order of bytes', async () => {
    for (const entries of [whole, { ...whole, byteorder: 'little' }]) {
      const { tensors } = await read(storedZip(entries))
      expect(await tensors.get('w')!.read()).toEqual(float32([1, -2]))
    }
    const big = Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)
    const { tensors } = await read(storedZip({ ...whole, 'data/0': big, byteorder: 'big' }))
    expect(await tensors.get('w')!.read()).toEqual(float32([1, -2]))
  })

  it('may be larger than the numbers of an old zip file hold', async () => {
    const { tensors } = await read(withLongNumbers(storedZip(whole)))
    expect(await tensors.get('w')!.read()).toEqual(float32([1, -2]))
  })

  it.each<[string, Uint8Array, string]>([
    [
      'a compressed entry',
      zipSync({ 'x/data.pkl': whole['data.pkl'], 'x/data/0': new Uint8Array(8) }),
      'entry of the zip file is compressed.*torch.save writes.*method 8',
    ],
    [
      'no pickle',
      storedZip({ 'a.npy': '' }),
      'no weights of PyTorch; expected an entry data.pkl, got x/a.npy',
    ],
    ['a program', storedZip({ ...whole, 'constants.pkl': '' }), 'program of TorchScript'],
    [
      'an unknown order',
      storedZip({ ...whole, byteorder: 'middle' }),
      'x/byteorder: the order of bytes is unknown.*got middle',
    ],
    [
      'no storage',
      storedZip({ 'data.pkl': whole['data.pkl'] }),
      'byte \\d+: the storage 0 .*expected 8 bytes, got none',
    ],
    [
      'half a storage',
      storedZip({ ...whole, 'data/0': floats(1) }),
      'byte \\d+: the storage 0 .*expected 8 bytes, got 4',
    ],
    ['no end', storedZip(whole).slice(0, -30), 'damaged or cut short: its end is missing'],
    ['nothing but a beginning', Uint8Array.of(0x50, 0x4b, 3, 4), 'its end is missing'],
    [
      'a tensor one number too long',
      storedZip({ ...whole, 'data.pkl': dictOf(['w', torchTensor('FloatStorage', '0', 2, [3])]) }),
      'byte \\d+: a tensor reaches beyond its numbers in the file; expected up to 2 elements',
    ],
    [
      'a tensor beyond its storage',
      storedZip({ ...whole, 'data.pkl': dictOf(['w', torchTensor('FloatStorage', '0', 2, [2, 2], [2, 1])]) }),
      'byte \\d+: a tensor reaches beyond its numbers',
    ],
    [
      'a tensor that repeats a number too often',
      storedZip({
        ...whole,
        'data.pkl': dictOf(['w', torchTensor('FloatStorage', '0', 2, [1 << 30, 1 << 30], [0, 0])]),
      }),
      'larger than what the file holds of it; expected up to 16777216 bytes',
    ],
    [
      'many tensors that repeat a number',
      storedZip({
        ...whole,
        'data.pkl': dictOf(
          ...Array.from(
            { length: 10 },
            (_, i) => [`w${i}`, torchTensor('FloatStorage', '0', 2, [1 << 22], [0])] as const,
          ),
        ),
      }),
      'tensors together are larger than what the file holds .*got 167772160',
    ],
    [
      'negative strides',
      storedZip({ ...whole, 'data.pkl': dictOf(['w', torchTensor('FloatStorage', '0', 2, [2], [-1])]) }),
      'sizes are wrong',
    ],
    ...['ComplexFloatStorage', 'QInt8Storage', 'Float8_e4m3fnStorage'].map(
      (storage): [string, Uint8Array, string] => [
        storage,
        storedZip({ ...whole, 'data.pkl': dictOf(['w', torchTensor(storage, '0', 2)]) }),
        `(not read).*got torch.${storage}`,
      ],
    ),
    [
      'a command',
      storedZip({ ...whole, 'data.pkl': pickleBytes('cposix\nsystem\n', text('echo'), [0x85], 'R') }),
      'x/data.pkl: byte 2: .* got posix.system. Nothing of it was run',
    ],
  ])('is refused with %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(new RegExp(`^x.pth: .*${message}`))
  })
})

describe('a legacy file of PyTorch', () => {
  const magic = Uint8Array.of(
    0x80,
    2,
    0x8a,
    10,
    0x6c,
    0xfc,
    0x9c,
    0x46,
    0xf9,
    0x20,
    0x6a,
    0xa8,
    0x50,
    0x19,
    0x2e,
  )
  /** Tensors on a storage of three floats, of which old files could have a part as a storage of its own. */
  const legacy = ({ protocol = 1001, view = 'N', keys = ']', count = 3, more = [] as number[] } = {}) => {
    const id = pickleParts(
      '(',
      text('storage'),
      'ctorch\nFloatStorage\n',
      text('7'),
      text('cpu'),
      int(3),
      view,
      'tQ',
    )
    const tensor = ['ctorch._utils\n_rebuild_tensor\n(', [...id], int(0), 'K\x02\x85K\x01\x85tR']
    return Uint8Array.from([
      ...magic,
      ...pickleBytes(int(protocol)),
      ...pickleBytes('}', text('little_endian'), [0x88], 's'),
      ...pickleBytes('}', text('w'), ...tensor, 's'),
      ...pickleBytes(keys, text('7'), 'a'),
      ...[count, 0, 0, 0, 0, 0, 0, 0],
      ...floats(1, 2, 3),
      ...more,
    ])
  }

  it('has its storages at its end, and parts of them', async () => {
    const w = async (bytes: Uint8Array) => (await (await read(bytes)).tensors.get('w')!.read()).data
    expect(await w(legacy())).toEqual(Float32Array.of(1, 2))
    const view = String.fromCharCode(...pickleParts(text('8'), int(1), int(2), [0x87]))
    expect(await w(legacy({ view }))).toEqual(Float32Array.of(2, 3))
  })

  it.each<[string, Uint8Array, string]>([
    ['another protocol', legacy({ protocol: 1002 }), 'unknown protocol; expected 1001, got 1002'],
    ['keys that are no list', legacy({ keys: '}K\x00' }), 'byte \\d+: the pickle appends to what is no list'],
    [
      'another number of elements',
      legacy({ count: 2 }),
      'byte \\d+: the storage 7 does not fit.*12 bytes, got 2 elements',
    ],
    ['an end too early', legacy().slice(0, -1), 'cut short'],
    ['more at its end', legacy({ more: [0] }), 'goes on after its last storage'],
  ])('is refused with %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(new RegExp(`^x.pth: .*${message}`))
  })
})

/** The same zip file with its numbers where those of zip64 are: APPNOTE 4.3.14, 4.3.15 and 4.5.3, by hand. */
function withLongNumbers(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset)
  const end = file.length - 22
  const [count, at] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)]
  const long = (value: number) => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)]
  const entries: number[] = []
  let place = at
  for (let i = 0; i < count; i++) {
    const [name, size] = [view.getUint16(place + 28, true), view.getUint32(place + 24, true)]
    const entry = [...file.subarray(place, place + 46 + name)]
    entry.splice(20, 8, ...Array(8).fill(0xff))
    entry.splice(30, 2, 28 + 5, 0)
    entry.splice(42, 4, ...Array(4).fill(0xff))
    // A field of another kind stands before that of zip64.
    const extra = [
      9,
      0,
      1,
      0,
      7,
      1,
      0,
      24,
      0,
      ...long(size),
      ...long(size),
      ...long(view.getUint32(place + 42, true)),
    ]
    entries.push(...entry, ...extra)
    place += 46 + name + view.getUint16(place + 30, true)
  }
  const end64 = at + entries.length
  const record = [0x50, 0x4b, 6, 6, ...long(44), 45, 0, 45, 0, ...Array(8).fill(0)]
  return Uint8Array.from([
    ...file.subarray(0, at),
    ...entries,
    ...[...record, ...long(count), ...long(count), ...long(entries.length), ...long(at)],
    ...[0x50, 0x4b, 6, 7, 0, 0, 0, 0, ...long(end64), 1, 0, 0, 0],
    ...[0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...Array(12).fill(0xff), 0, 0],
  ])
}
