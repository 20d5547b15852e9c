/** Damaged files of weights: pickles, zip files with pickles in them, files of PyTorch before 1.6, safetensors. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import { MaskwrightError } from '../../src/errors.ts'
import { type Random, random } from '../../src/tensor/random.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { memorySource } from '../../src/weights/byte-source.ts'
import { readWeights } from '../../src/weights/read-weights.ts'
import { type Subject, Unsound } from './campaign-subject.ts'
import { damageAnyBytes } from './mutations.ts'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures')
const filesOf = (folder: string, ending: RegExp) =>
  readdirSync(join(FIXTURES, folder))
    .filter((name) => ending.test(name))
    .map((name) => new Uint8Array(readFileSync(join(FIXTURES, folder, name))))

const whole = [
  ...filesOf('goldens/pth-reader-a', /\.(pth|safetensors)$/),
  ...filesOf('weights', /\.(pth|pkl)$/),
]

/** More than these small files can mean; views may repeat their numbers up to 16 MiB a tensor. */
const MOST_ELEMENTS = 2 ** 30

const NAME = 'damaged.pth'

/** Reads the file and then every tensor, as an import does. */
export const weights: Subject = {
  name: 'weight files',
  attempt: async (seed) => {
    try {
      await attempt(random(seed), whole[seed % whole.length])
    } catch (error) {
      const hasPlace = error instanceof MaskwrightError && error.where?.startsWith(NAME)
      throw hasPlace || !(error instanceof MaskwrightError)
        ? error
        : new Unsound(`no place in: ${error.message}`)
    }
  },
}

async function attempt(source: Random, original: Uint8Array): Promise<void> {
  const bytes = damaged(original, source)
  const file = await readWeights(memorySource(NAME, bytes))
  let elements = 0
  for (const [name, { dtype, shape, read }] of file.tensors) {
    const tensor = await read()
    if (tensor.dtype !== dtype || `${tensor.shape}` !== `${shape}`)
      throw new Unsound(`${name} is another tensor`)
    if (tensor.data.length !== elementCount(shape))
      throw new Unsound(`${name} has ${tensor.data.length} elements`)
    elements += tensor.data.length
  }
  if (elements > MOST_ELEMENTS) throw new Unsound(`${elements} elements of ${bytes.length} bytes`)
  JSON.stringify(file.metadata)
  for (const name in {}) throw new Unsound(`every object has ${name}`)
}

function damaged(file: Uint8Array, source: Random): Uint8Array {
  const isZip = file[0] === 0x50
  const kind = source.integer(8)
  // What is in the zip file, which is itself whole.
  if (isZip && kind < 5) {
    const entries: Record<string, Uint8Array> = unzipSync(file)
    const names = Object.keys(entries)
    const name =
      source.integer(4) > 0
        ? names.find((one) => one.endsWith('data.pkl'))!
        : names[source.integer(names.length)]
    entries[name] = damagedPickle(entries[name], source)
    return zipSync(entries, { level: 0 })
  }
  if (kind === 5) return damageAnyBytes(file, source)
  if (kind === 6) return withNumber(file, source)
  // The beginning of one kind, the rest of another.
  if (kind === 7) {
    const other = whole[source.integer(whole.length)]
    return new Uint8Array([
      ...other.subarray(0, [4, 30, 200][source.integer(3)]),
      ...file.subarray(source.integer(file.length)),
    ])
  }
  return damagedPickle(file, source)
}

/** Operations that real files have and those that they have not. */
const OPERATIONS =
  '().01234NRQabcdehijloqrstu]}\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8f\x90\x91\x92\x93\x94\x95\x96KMJGXBCTU'
const COMMANDS = [
  'cos\nsystem\n',
  'cbuiltins\neval\n',
  'c__builtin__\ngetattr\n',
  'ctorch.storage\n_load_from_bytes\n',
  '(S"x"\nios\nsystem\n',
]

function damagedPickle(pickle: Uint8Array, source: Random): Uint8Array {
  const at = source.integer(pickle.length + 1)
  const insert = (text: string) =>
    new Uint8Array([
      ...pickle.subarray(0, at),
      ...Buffer.from(text, 'latin1'),
      ...pickle.subarray(at + source.integer(2)),
    ])
  switch (source.integer(6)) {
    case 0:
      return insert(
        OPERATIONS[source.integer(OPERATIONS.length)].repeat([1, 1, 2, 500, 200_000][source.integer(5)]),
      )
    case 1:
      return insert(COMMANDS[source.integer(COMMANDS.length)])
    // A stretch of it again.
    case 2: {
      const from = source.integer(pickle.length)
      const stretch = pickle.subarray(from, from + [2, 10, 60, 400][source.integer(4)])
      return new Uint8Array([...pickle.subarray(0, at), ...stretch, ...pickle.subarray(at)])
    }
    case 3:
      return withNumber(pickle, source)
    default:
      return damageAnyBytes(pickle, source)
  }
}

/** Somewhere a number that promises much. */
function withNumber(file: Uint8Array, source: Random): Uint8Array {
  const copy = file.slice()
  const numbers = [
    [0xff, 0xff, 0xff, 0x7f],
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 0x40],
    [0, 0, 0, 0, 1, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    [0xff],
    [0],
  ]
  const number = numbers[source.integer(numbers.length)]
  const at = source.integer(copy.length)
  copy.set(number.slice(0, copy.length - at), at)
  return copy
}
