import { describe, expect, it } from 'vitest'
import { array, int, pickleBytes, pickleParts, text } from '../../../test/pickle-bytes.ts'
import { memorySource } from '../byte-source.ts'
import { readWeights } from '../read-weights.ts'
import { weightNames } from '../torch/torch-names.ts'
import { PickleStream } from './pickle-stream.ts'
import { unpickle } from './unpickle.ts'
import type { Dict } from './values.ts'

const run = (bytes: Uint8Array) =>
  unpickle(new PickleStream(memorySource('x.pkl', bytes), 0, bytes.length, 'x.pkl'), { find: weightNames })
const short = (value: string) => [0x8c, value.length, ...Buffer.from(value)]

describe('a pickle', () => {
  // Bytes of programs that run a command when Python reads them.
  it.each<[string, Uint8Array, string]>([
    [
      'os.system, protocol 2',
      pickleBytes('cos\nsystem\n', text('echo'), [0x85], 'R'),
      'byte 2: .* got os.system',
    ],
    [
      'posix.system',
      pickleBytes('cposix\nsystem\n', text('echo'), [0x85], 'R'),
      'byte 2: .* got posix.system',
    ],
    [
      'protocol 4',
      pickleBytes(short('posix'), short('system'), [0x93], short('echo'), [0x85], 'R'),
      'byte 17: .* got posix.system',
    ],
    ['without a protocol', pickleParts('cos\nsystem\n(X\x04\0\0\0echotR.'), 'byte 0: .* got os.system'],
    ['eval', pickleBytes('cbuiltins\neval\n'), 'got builtins.eval'],
    ['eval of Python 2', pickleBytes('c__builtin__\neval\n'), 'got __builtin__.eval'],
    ['a name of every object', pickleBytes('cbuiltins\n__proto__\n'), 'got builtins.__proto__'],
    ['constructor', pickleBytes('c\nconstructor\n'), 'got .constructor'],
    [
      'a name with dots',
      pickleBytes(short('collections'), short('OrderedDict.__init__'), [0x93]),
      'got collections.OrderedDict.__init__',
    ],
    [
      'a whole model',
      pickleBytes('ctorch.nn.modules.linear\nLinear\n'),
      "got torch.nn.modules.linear.Linear. Save the model's state_dict",
    ],
    ['INST', pickleBytes('(', text('echo'), 'ios\nsystem\n'), 'operation that is not read.*got 0x69'],
    ['OBJ', pickleBytes('(cbuiltins\nset\no'), 'operation that is not read.*got 0x6f'],
    ['an extension', pickleBytes([0x82, 1]), 'operation that is not read.*got 0x82'],
    ['a buffer from outside', pickleBytes([0x97]), 'operation that is not read.*got 0x97'],
    [
      'nested bytes of torch',
      pickleBytes('ctorch.storage\n_load_from_bytes\n'),
      'got torch.storage._load_from_bytes',
    ],
    ['something outside of it', pickleBytes(text('x'), 'Q'), 'asks for something outside'],
  ])('that asks for more than data is refused by name: %s', async (_, bytes, message) => {
    await expect(run(bytes)).rejects.toThrow(new RegExp(`^x.pkl: .*${message}`))
  })

  it.each<[string, Uint8Array, string]>([
    ['no end', pickleParts([0x80, 2], '}'), 'byte 3: the pickle is cut short'],
    [
      'half a number',
      pickleParts([0x80, 2], 'J\x01'),
      'byte 3: the pickle is cut short; expected 4 more bytes, got 1',
    ],
    [
      'a text longer than the file',
      pickleBytes('X\xff\xff\xff\x7f'),
      'cut short; expected 2147483647 more bytes, got 1',
    ],
    ['bytes longer than any file', pickleBytes([0x8e, 0, 0, 0, 0, 0, 0, 0, 0x7f]), 'cut short'],
    ['a value that was not made', pickleBytes('a'), 'takes a value that it has not made'],
    ['a value below a mark', pickleBytes('N(0a'), 'not made'],
    ['a mark that was not set', pickleBytes('t'), 'goes back to a mark'],
    ['a value that was not kept', pickleBytes('h\x07'), 'recalls value 7'],
    ['a list of a dict', pickleBytes('}Na'), 'appends to what is no list'],
    ['items of a list', pickleBytes(']NNs'), 'sets items of what is no dict'],
    ['a key without value', pickleBytes('}(Nu'), 'a key without a value'],
    ['a call of data', pickleBytes('N)R'), 'calls what is no function'],
    ['arguments that are no tuple', pickleBytes('cbuiltins\nset\n]R'), 'without a tuple'],
    ['a state of a number', pickleBytes('K\x01Nb'), 'sets the state of what has none'],
    ['text that is not UTF-8', pickleBytes('X\x01\0\0\0\xff'), 'not UTF-8'],
    ['a newer protocol', pickleParts([0x80, 6], 'N.'), 'unknown protocol; expected up to 5, got 6'],
    ['a number of 4 GB', pickleBytes([0x8b, 0xff, 0xff, 0xff, 0xff]), 'whole number is too long'],
    ['an endless name', pickleBytes(`c${'x'.repeat(2000)}`), 'name is too long'],
  ])('that is damaged is refused with its place: %s', async (_, bytes, message) => {
    await expect(run(bytes)).rejects.toThrow(new RegExp(`^x.pkl: byte \\d+: .*${message}|^x.pkl: ${message}`))
  })

  it('makes numbers, text and containers', async () => {
    // BININT -3, LONG1 of 2 and 9 bytes (2^64), BINFLOAT 2.5, True, None, a string of Python 2, a set, a tuple that is recalled.
    const value = await run(
      pickleBytes(
        ...[
          '}(',
          text('int'),
          int(-3),
          text('long'),
          '\x8a\x02\xff\xfe',
          text('huge'),
          '\x8a\x09',
          [0, 0, 0, 0, 0, 0, 0, 0, 1],
        ],
        ...[
          text('float'),
          'G\x40\x04\0\0\0\0\0\0',
          text('true'),
          [0x88],
          text('none'),
          'N',
          text('old'),
          'U\x02\xe9a',
        ],
        ...[text('tuple'), 'K\x01K\x02\x86q\x05', text('again'), 'h\x05', text('名'), text('häß'), 'u'],
      ),
    )
    expect(Object.fromEntries((value as Dict).entries as Map<string, unknown>)).toEqual({
      ...{ int: -3, long: -257, huge: 2n ** 64n, float: 2.5, true: true, none: null, old: 'éa' },
      ...{ tuple: [1, 2], again: [1, 2], 名: 'häß' },
    })
  })

  it('reads on where a window ends', async () => {
    const names = Array.from({ length: 9000 }, (_, i) => `name ${i} of many`)
    const value = await run(pickleBytes('(', ...names.map(text), 't'))
    expect(value).toEqual(names)
  })

  it('cannot reach a prototype', async () => {
    const bytes = pickleBytes(
      '}(',
      text('__proto__'),
      '}',
      text('polluted'),
      'K\x01s',
      text('w'),
      [...array([1])],
      'u',
    )
    const { metadata, tensors } = await readWeights(memorySource('x.pkl', bytes))
    expect([...tensors.keys()]).toEqual(['w'])
    expect(Object.keys(metadata)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('a pickle that is made to exhaust', () => {
  const read = (bytes: Uint8Array) => readWeights(memorySource('x.pkl', bytes))
  const nested = (depth: number) => pickleBytes(']'.repeat(depth), [...array([1])], 'a'.repeat(depth))
  /** Lists of ten times the list before, ten times over; `end` goes into the innermost. */
  const laughs = (end: Uint8Array) =>
    pickleBytes(
      ']q\x00',
      [...end],
      'a0',
      ...Array.from(
        { length: 9 },
        (_, i) => `](${`h${String.fromCharCode(i)}`.repeat(10)}eq${String.fromCharCode(i + 1)}0`,
      ),
      '}(',
      text('t'),
      [...array([1])],
      text('x'),
      'h\x09u',
    )

  it.each<[string, () => Uint8Array, string]>([
    ['values', () => pickleBytes(`${'N'.repeat(2_000_001)}`), 'makes more values than weights need'],
    [
      'copies',
      () => pickleBytes('(', 'N'.repeat(100_000), 'lq\x000', 'cbuiltins\nset\nh\x00\x85R'.repeat(25)),
      'makes more values',
    ],
    ['depth', () => nested(102), 'nested too deep'],
    ['a list that holds itself', () => pickleBytes(']q\x00h\x00a', [...array([1])], 'a'), 'nested too deep'],
    ['lists of lists of tensors', () => laughs(array([1])), 'too many tensors|more than weights need'],
    ['lists of lists', () => laughs(pickleParts('N')), 'holds more than weights need'],
  ])('is refused: %s', async (_, bytes, message) => {
    await expect(read(bytes())).rejects.toThrow(new RegExp(`^x.pkl: .*(${message})`))
  })

  it('may be nested as deep as weights are', async () => {
    expect((await read(nested(90))).tensors.size).toBe(1)
  })
})

describe('arrays of NumPy', () => {
  const read = (pushed: number[]) =>
    readWeights(memorySource('x.pkl', pickleBytes('}', text('w'), [...array([1, 2], pushed)], 's')))

  it('may have their bytes as a string of Python 2, which is short or long', async () => {
    const { tensors } = await read([...pickleParts('U\x08', '\0\0\x80?\0\0\0@')])
    expect((await tensors.get('w')!.read()).data).toEqual(Float32Array.of(1, 2))
    const many = Float32Array.from({ length: 100 }, (_, i) => i / 8)
    const bytes = [...new Uint8Array(many.buffer)]
    const long = pickleBytes('}', text('w'), [...array([...many], [0x54, 0x90, 1, 0, 0, ...bytes])], 's')
    const file = await readWeights(memorySource('x.pkl', long))
    expect((await file.tensors.get('w')!.read()).data).toEqual(many)
  })

  it.each<[string, number[], string]>([
    [
      'too few bytes',
      [0x43, 4, 0, 0, 0, 0],
      'byte \\d+: the bytes of an array do not fit .*expected 8 .*got 4',
    ],
    ['text that is not latin1', [...text('名')], 'byte \\d+: bytes are written as text that is not latin1'],
    ['none', [0x4e], 'byte \\d+: an array of NumPy has no bytes'],
  ])('are refused with %s', async (_, pushed, message) => {
    await expect(read(pushed)).rejects.toThrow(new RegExp(message))
  })

  it('are refused when read where text stands for other bytes than were promised', async () => {
    // Text of 70,000 bytes, not held: as latin1 it may be 35,000 to 70,000.
    const encoded = [
      ...pickleParts('c_codecs\nencode\n', text('é'.repeat(35_000)), text('latin1'), [0x86], 'R'),
    ]
    const bytes = pickleBytes('}', text('w'), [...array(Array(10_000).fill(0), encoded)], 's')
    const { tensors } = await readWeights(memorySource('x.pkl', bytes))
    await expect(tensors.get('w')!.read()).rejects.toThrow(
      'x.pkl: w: the bytes of an array do not fit its shape; expected 40000, got 35000',
    )
  })
})
