import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WeightError } from '../errors.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

/** A file put together by hand, independent of the encoder. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}

const everyDtype = new Map<string, Tensor>([
  ['flag', tensor('bool', [3], Uint8Array.of(1, 0, 1))],
  ['w', float32([1, -2.5, 3e-8, 4, 5, 6], [2, 3])],
  ['half', tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000))],
  ['count', int64([2 ** 40, -1])],
  ['empty', tensor('int32', [0, 4], new Int32Array(0))],
  ['scalar', tensor('float64', [], Float64Array.of(Math.PI))],
  ['b', tensor('int8', [1], Int8Array.of(-7))],
  ['u', tensor('uint8', [1], Uint8Array.of(255))],
])

describe('decodeSafetensors', () => {
  it('reads every dtype from bytes written by hand', () => {
    const header = {
      a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      f: { dtype: 'F32', shape: [1], data_offsets: [1, 5] },
      bf: { dtype: 'BF16', shape: [2], data_offsets: [5, 9] },
      i16: { dtype: 'I16', shape: [1, 1], data_offsets: [9, 11] },
      __metadata__: { note: 'x' },
    }
    // 1.5 as float32 is 3fc00000; -2 as bfloat16 is c000, 1 is 3f80; -3 as int16 is fffd.
    const { tensors, metadata } = decodeSafetensors(
      file(header, [9, 0, 0, 0xc0, 0x3f, 0x00, 0xc0, 0x80, 0x3f, 0xfd, 0xff]),
    )
    expect(metadata).toEqual({ note: 'x' })
    expect(toNumbers(tensors.get('a')!)).toEqual([9])
    expect(toNumbers(tensors.get('f')!)).toEqual([1.5])
    expect(tensors.get('bf')).toEqual(float32([-2, 1]))
    expect(tensors.get('i16')).toEqual(tensor('int32', [1, 1], Int32Array.of(-3)))
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /cut short; expected at least 8 bytes, got 0/],
    [
      'a PNG',
      Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]),
      /^not a safetensors file\. Give a \.safetensors file$/,
    ],
    ['a zip', Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0]), /not a safetensors.*PyTorch/],
    ['bad JSON', file('{"a": }'), /not valid JSON/],
    ['an entry that is no object', file({ a: 3 }), /a: safetensors header entry is not an object/],
    ['an unknown dtype', file({ a: { dtype: 'Q3', shape: [], data_offsets: [0, 0] } }), /a: dtype.*got Q3/],
    [
      'a negative dim',
      file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 0] } }),
      /a: shape is not a list of whole numbers/,
    ],
    [
      'a decreasing range',
      file({ a: { dtype: 'U8', shape: [0], data_offsets: [2, 0] } }, [1, 2]),
      /a: data_offsets is not an increasing pair/,
    ],
    [
      'a size that does not fit',
      file({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 4] } }, [0, 0, 0, 0]),
      /a: byte range does not fit.*16 bytes for F32 \[2, 2\], got 4/,
    ],
    [
      'overlapping tensors',
      file(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        [1, 2, 3],
      ),
      /b: data overlaps that of a/,
    ],
    [
      'a hole',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, [1, 2]),
      /a: .*hole of 1 bytes/,
    ],
    [
      'a range outside the file',
      file({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } }, [1, 2]),
      /a: .*outside the file; expected 4 bytes of data or more, got 2/,
    ],
    [
      'bytes left over',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, [1, 2]),
      /1 bytes after its last tensor/,
    ],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), /__metadata__: .*strings/],
  ])('refuses %s with one clear line', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(WeightError)
    expect(() => decodeSafetensors(bytes)).toThrow(message)
  })

  it('refuses every truncation of a file, and never throws anything but WeightError on noise', () => {
    const whole = encodeSafetensors(everyDtype, { a: 'b' })
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length)), `${length} bytes`).toThrow(WeightError)
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = whole.slice()
        damaged[at] ^= flip
        try {
          decodeSafetensors(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(WeightError)
        }
      }),
    )
  })
})

describe('encodeSafetensors', () => {
  it('is undone by decodeSafetensors, at any offset in memory', () => {
    const bytes = encodeSafetensors(everyDtype, { maskwright: '{"format":1}' })
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    const shiftedBuffer = Buffer.from(shifted.buffer, 1)
    for (const source of [bytes, shifted.subarray(1), shiftedBuffer]) {
      const { tensors, metadata } = decodeSafetensors(source)
      expect(tensors).toEqual(everyDtype)
      expect([...tensors.keys()]).toEqual([...everyDtype.keys()])
      expect(metadata).toEqual({ maskwright: '{"format":1}' })
    }
  })

  it('aligns every tensor so that reading copies nothing', () => {
    const bytes = encodeSafetensors(everyDtype)
    for (const { data } of decodeSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer)
  })

  it('names a tensor whose data does not fit', () => {
    const wrong: Tensor = { dtype: 'float32', shape: [2], data: new Float32Array(3) }
    expect(() => encodeSafetensors(new Map([['w', wrong]]))).toThrow(/w: .*expected 2 elements.*got 3/)
  })
})
