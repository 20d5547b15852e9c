import { WeightError } from '../../errors.ts'
import { type ByteSource, readRange } from '../byte-source.ts'
import { PickleStream } from '../pickle/pickle-stream.ts'
import { unpickle } from '../pickle/unpickle.ts'
import { Dict, List, type PickleValue } from '../pickle/values.ts'
import { torchRules, weightNames } from './torch-names.ts'

/** The first pickle of a file is this number: PROTO 2, LONG1 of ten bytes, STOP. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
const PROTOCOL = 1001
const COUNT_BYTES = 8

export function isTorchLegacy(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => start[i] === byte)
}

/**
 * What `torch.save` wrote before PyTorch 1.6: a magic number, the version of the protocol, facts of the system, the pickle, the keys
 * of its storages, and then each storage after how many elements it has.
 */
export async function readTorchLegacy(source: ByteSource): Promise<PickleValue> {
  const stream = new PickleStream(source, MAGIC.length, source.size, source.name)
  const plain = { find: weightNames }
  const version = await unpickle(stream, plain)
  if (version !== PROTOCOL) {
    throw new WeightError('the file is of an unknown protocol', {
      where: source.name,
      expected: `${PROTOCOL}`,
      got: typeof version === 'number' ? `${version}` : 'no number',
    })
  }
  const system = await unpickle(stream, plain)
  const isBigEndian = system instanceof Dict && system.entries.get('little_endian') === false
  const wanted = new Map<string, number>()
  const places = new Map<string, number>()
  const root = await unpickle(
    stream,
    torchRules((key, bytes, { error }) => {
      if ((wanted.get(key) ?? bytes) !== bytes) throw error(`the storage ${key} has two sizes`)
      wanted.set(key, bytes)
      const read = (begin: number, length: number) =>
        readRange(source, (places.get(key) as number) + begin, length)
      return { isBigEndian, read }
    }),
  )
  const keys = await unpickle(stream, plain)
  if (!(keys instanceof List))
    throw new WeightError('the keys of the storages are missing', { where: source.name })
  let at = stream.position
  for (const key of keys.items) {
    const bytes = typeof key === 'string' ? wanted.get(key) : undefined
    if (typeof key !== 'string' || bytes === undefined || places.has(key)) {
      throw new WeightError('the file has a storage that nothing refers to, or twice', {
        where: `${source.name}: byte ${at}`,
        got: typeof key === 'string' ? key : 'a key that is no text',
      })
    }
    places.set(key, at + COUNT_BYTES)
    at += COUNT_BYTES + bytes
  }
  await checkStorages(source, { wanted, places, isBigEndian, end: at })
  return root
}

/** Every storage is there, as long as the pickle says, and nothing comes after the last. */
async function checkStorages(
  source: ByteSource,
  found: {
    readonly wanted: ReadonlyMap<string, number>
    readonly places: ReadonlyMap<string, number>
    readonly isBigEndian: boolean
    readonly end: number
  },
): Promise<void> {
  const { wanted, places, isBigEndian, end } = found
  for (const [key, bytes] of wanted) {
    const at = places.get(key)
    if (at === undefined)
      throw new WeightError(`the storage ${key} is not in the file`, { where: source.name })
    const { buffer, byteOffset } = await readRange(source, at - COUNT_BYTES, COUNT_BYTES)
    const count = Number(new DataView(buffer, byteOffset).getBigInt64(0, !isBigEndian))
    // The size of its elements is not said here.
    if (count < 0 || (count === 0 ? bytes !== 0 : ![1, 2, 4, 8].includes(bytes / count))) {
      throw new WeightError(`the storage ${key} does not fit what the pickle says of it`, {
        where: `${source.name}: byte ${at - COUNT_BYTES}`,
        expected: `${bytes} bytes`,
        got: `${count} elements`,
      })
    }
  }
  if (end !== source.size) {
    throw new WeightError(end > source.size ? 'file is cut short' : 'file goes on after its last storage', {
      where: source.name,
      expected: `${end} bytes`,
      got: `${source.size}`,
      hint: 'Copy or download it again',
    })
  }
}
