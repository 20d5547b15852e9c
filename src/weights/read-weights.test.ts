import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pickleBytes, storedZip, text, torchTensor } from '../../test/pickle-bytes.ts'
import { float32, tensor, toNumbers } from '../tensor/tensor.ts'
import { type ByteSource, blobSource, memorySource } from './byte-source.ts'
import { readWeights } from './read-weights.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

const FIXTURES = join(import.meta.dirname, '../../test/fixtures')
const fixture = (path: string) => new Uint8Array(readFileSync(join(FIXTURES, path)))
const read = (bytes: Uint8Array, member?: string) => readWeights(memorySource('x.pth', bytes), { member })

const dictOf = (...tensors: (readonly [string, readonly number[]])[]) =>
  pickleBytes('}(', ...tensors.flatMap(([name, made]) => [text(name), made]), 'u')
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)

describe('arrays of NumPy, written by Python', () => {
  const expected = JSON.parse(readFileSync(join(FIXTURES, 'weights/arrays.json'), 'utf8'))

  it.each([2, 3, 4, 5])('are read from protocol %i', async (protocol) => {
    const { format, tensors, metadata, members } = await read(fixture(`weights/arrays-${protocol}.pkl`))
    expect(format).toBe('pickle')
    expect([...tensors.keys()]).toEqual(Object.keys(expected))
    for (const [name, [shape, values]] of Object.entries<[number[], (number | boolean)[]]>(expected)) {
      const { shape: ours, ...one } = await tensors.get(name)!.read()
      expect(ours).toEqual(shape)
      expect(toNumbers({ shape: ours, ...one })).toEqual(values.map(Number))
    }
    expect(tensors.get('long')).toMatchObject({ storedAs: 'int16', dtype: 'int32' })
    expect(metadata).toEqual({ __author__: 'Caffe2', matching_heuristics: true, best: 1.5 })
    expect(members).toEqual(['model'])
  })
})

describe('a checkpoint of a training', () => {
  const bytes = fixture('weights/training.pth')

  it('gives the model and says what else there is', async () => {
    const { format, tensors, metadata, members } = await read(bytes)
    expect(format).toBe('pytorch zip')
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['weight', 'float32', [4, 3]],
      ['bias', 'float32', [4]],
    ])
    expect(members).toEqual(['model', 'model_ema', 'optimizer'])
    expect(metadata).toMatchObject({
      epoch: 3,
      optimizer: { param_groups: [{ lr: 0.001, betas: [0.9, 0.999] }] },
    })
  })

  it('gives another member by name', async () => {
    expect((await read(bytes, 'model_ema')).tensors.get('weight')).toMatchObject({
      dtype: 'float16',
      shape: [4, 3],
    })
    const { tensors } = await read(bytes, 'optimizer.state.1')
    expect([...tensors.keys()]).toEqual(['step', 'exp_avg', 'exp_avg_sq'])
    await expect(read(bytes, 'model_em')).rejects.toThrow(
      'x.pth: the file holds no tensors under model_em; did you mean model_ema?',
    )
    await expect(read(bytes, 'teacher')).rejects.toThrow('expected one of model, model_ema, optimizer')
  })
})

describe('the weights of a checkpoint', () => {
  const made = torchTensor('FloatStorage', '0', 1)
  const named = async (...parts: (string | readonly number[])[]) => [
    ...(await read(storedZip({ 'data.pkl': pickleBytes(...parts), 'data/0': floats(1) }))).tensors.keys(),
  ]

  it.each<[string, (string | readonly number[])[], string[]]>([
    ['a state dict', ['}', text('w'), made, 's'], ['w']],
    [
      'beside a tensor of another kind',
      ['}(', text('rng'), made, text('state_dict'), '}', text('w'), made, 'su'],
      ['w'],
    ],
    ['in its only place', ['}', text('mine'), '}', text('w'), made, 'ss'], ['w']],
    [
      'in several places of no usual name',
      ['}(', text('a'), '}', text('w'), made, 's', text('b'), ']', made, 'au'],
      ['a.w', 'b.0'],
    ],
    ['a tensor alone', [made], ['tensor']],
  ])('are found: %s', async (_, parts, names) => {
    expect(await named(...parts)).toEqual(names)
  })

  it.each<[string, (string | readonly number[])[], string]>([
    ['no tensors', ['}'], 'holds no tensors'],
    [
      'two of one name',
      ['}(', text('a.b'), made, text('a'), '}', text('b'), made, 'su'],
      'two tensors have one name; got a.b',
    ],
    ['a name that is no text', ['}', 'K\x01K\x02\x86', made, 's'], 'name of a tensor is no text'],
    ['an endless name', ['}', text('x'.repeat(2000)), made, 's'], 'too long'],
  ])('are refused: %s', async (_, parts, message) => {
    await expect(named(...parts)).rejects.toThrow(new RegExp(`^x.pth: .*${message}`))
  })
})

describe('a safetensors file', () => {
  const weights = new Map([
    ['a', float32([1, 2, 3, 4], [2, 2])],
    ['b', float32([5])],
  ])
  const bytes = encodeSafetensors(weights, { note: 'x' })

  it('is read tensor by tensor, as all at once', async () => {
    const file = await readWeights(blobSource('x', new Blob([bytes])))
    expect(file).toMatchObject({ format: 'safetensors', metadata: { note: 'x' }, members: [] })
    const { tensors } = decodeSafetensors(bytes)
    expect([...file.tensors.keys()]).toEqual([...tensors.keys()])
    for (const [name, lazy] of file.tensors) expect(await lazy.read()).toEqual(tensors.get(name))
  })

  it('has no members', async () => {
    await expect(read(bytes, 'ema')).rejects.toThrow(
      'x.pth: the file holds one model, which has no name in it; got the member ema',
    )
  })

  it('names itself where it is damaged', async () => {
    await expect(read(bytes.slice(0, -1))).rejects.toThrow('x.pth: b: safetensors file is cut short')
  })
})

it('reads an index first, and of the rest what is asked for', async () => {
  const numbers = new Float32Array(1 << 18).fill(1)
  const tensors = (['a', 'b'] as const).map(
    (key) => [key, torchTensor('FloatStorage', key, numbers.length)] as const,
  )
  const content = new Uint8Array(numbers.buffer)
  const files = [
    storedZip({ 'data.pkl': dictOf(...tensors), 'data/a': content, 'data/b': content }),
    encodeSafetensors(new Map([...'ab'].map((name) => [name, tensor('float32', [numbers.length], numbers)]))),
  ]
  for (const bytes of files) {
    let count = 0
    const memory = memorySource('x', bytes)
    const counting: ByteSource = {
      ...memory,
      read: (offset, length) => {
        count += length
        return memory.read(offset, length)
      },
    }
    const file = await readWeights(counting)
    expect(count).toBeLessThan(70_000)
    expect(await file.tensors.get('b')!.read()).toEqual(tensor('float32', [numbers.length], numbers))
    expect(count).toBeLessThan(content.length + 70_000)
  }
})

describe('a file that grows shorter while it is read', () => {
  it('is told by name and tensor', async () => {
    const bytes = encodeSafetensors(new Map([['w', float32([1, 2])]]))
    const memory = memorySource('x', bytes)
    let isCut = false
    const file = await readWeights({
      ...memory,
      read: async (offset, length) => (await memory.read(offset, length)).subarray(0, isCut ? 3 : length),
    })
    isCut = true
    await expect(file.tensors.get('w')!.read()).rejects.toThrow(
      /^x: w: .*file is cut short; expected 8 bytes/,
    )
  })
})

it.each<[string, string | Uint8Array, string]>([
  ['nothing', '', 'no file of weights that is known.*got an empty file'],
  [
    'a picture',
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0),
    'got bytes that begin with 89 50 4e 47',
  ],
  [
    'a pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    'pointer of Git LFS.*git lfs pull',
  ],
  ['a web page', '<!DOCTYPE html><html>', 'web page'],
  ['a tar file', `${'x'.repeat(257)}ustar`, 'tar files'],
  ['an index alone', '{"weight_map": {}}', 'together with the files beside it'],
  ['an index, and no folder', '{', 'together with the files beside it'],
])('refuses what it does not know, with what it is: %s', async (_, content, message) => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  await expect(read(bytes)).rejects.toThrow(new RegExp(`^x.pth: .*${message}`))
})
