import { WeightError } from '../../errors.ts'
import { type ByteSource, readRange } from '../byte-source.ts'
import { PickleStream } from '../pickle/pickle-stream.ts'
import { unpickle } from '../pickle/unpickle.ts'
import type { PickleValue } from '../pickle/values.ts'
import { readZipIndex, requireStored, type ZipEntry, zipDataAt } from '../zip-index.ts'
import { torchRules } from './torch-names.ts'

const PICKLE = '/data.pkl'

/**
 * What `torch.save` has written since PyTorch 1.6: a zip file with a pickle (`data.pkl`), an entry for every storage (`data/0`), and
 * the order of bytes where it is not little-endian.
 */
export async function readTorchZip(source: ByteSource): Promise<PickleValue> {
  const entries = await readZipIndex(source)
  const pickle = [...entries.values()].find(({ name }) => name.endsWith(PICKLE) || name === PICKLE.slice(1))
  if (!pickle) {
    throw new WeightError('a zip file that holds no weights of PyTorch', {
      where: source.name,
      expected: 'an entry data.pkl',
      got: [...entries.keys()].slice(0, 3).join(', ').slice(0, 200) || 'no entries',
    })
  }
  const folder = pickle.name.slice(0, -PICKLE.length + 1)
  if (entries.has(`${folder}constants.pkl`)) {
    throw new WeightError('the file holds a program of TorchScript, which is not read', {
      where: source.name,
      hint: "Save the model's state_dict() instead",
    })
  }
  const isBigEndian = await hasBigEnd(source, entries.get(`${folder}byteorder`))
  const at = await zipDataAt(source, pickle)
  const stream = new PickleStream(source, at, at + pickle.size, `${source.name}: ${pickle.name}`)
  return unpickle(
    stream,
    torchRules((key, bytes, { error }) => {
      const entry = entries.get(`${folder}data/${key}`)
      if (entry?.size !== bytes) {
        throw error(`the storage ${key} is not in the file as it should be`, {
          expected: `${bytes} bytes`,
          got: entry ? `${entry.size}` : 'none',
        })
      }
      requireStored(source, entry)
      const read = async (begin: number, length: number) =>
        readRange(source, (await zipDataAt(source, entry)) + begin, length)
      return { isBigEndian, read }
    }),
  )
}

async function hasBigEnd(source: ByteSource, entry: ZipEntry | undefined): Promise<boolean> {
  if (!entry) return false
  const order = new TextDecoder().decode(
    await readRange(source, await zipDataAt(source, entry), Math.min(entry.size, 8)),
  )
  if (order === 'little' || order === 'big') return order === 'big'
  throw new WeightError('the order of bytes is unknown', {
    where: `${source.name}: ${entry.name}`,
    expected: 'little or big',
    got: order,
  })
}
